import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

const PURPOSE = 'supergraph/users: throttling, v1';
const KEY_BYTES = 32;

/** Derives the secret of the keys from SIGNING_KEY_SECRET. */
export function throttleSecret(secret: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', PURPOSE, KEY_BYTES)));
}

/** The key of a counter: an HMAC-SHA-256, so that the table reveals no e-mail or client address and confirms no guess. */
export function throttleKey(secret: KeyObject, ...parts: readonly string[]): string {
  return createHmac('sha256', secret).update(JSON.stringify(parts)).digest('base64url');
}
