import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

const PURPOSE = 'supergraph/users: throttling, v1';
const KEY_BYTES = 32;

/** What makes keys of counts out of SIGNING_KEY_SECRET. */
export function throttleSecret(secret: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', PURPOSE, KEY_BYTES)));
}

/**
 * What a count is kept under: an HMAC-SHA-256, so that whoever reads the table learns no address, of mail or of a
 * client, and cannot try one out either.
 */
export function throttleKey(secret: KeyObject, ...whose: readonly string[]): string {
  return createHmac('sha256', secret).update(JSON.stringify(whose)).digest('base64url');
}
