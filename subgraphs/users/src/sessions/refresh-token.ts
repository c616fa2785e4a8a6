import { createHmac, createSecretKey, hkdfSync, timingSafeEqual, type KeyObject } from 'node:crypto';
import { parse as parseUuid, stringify as formatUuid } from 'uuid';

const ID_BYTES = 16;
const GENERATION_BYTES = 4;
const NAMED_BYTES = ID_BYTES + GENERATION_BYTES;
const TAG_BYTES = 32;
const PURPOSE = 'supergraph/users: refresh tokens, v1';

/** The unverified claims of a refresh token. `isRefreshToken` verifies them. */
export interface RefreshTokenClaim {
  readonly sessionId: string;
  readonly generation: number;
}

/** Derives the key of refresh tokens from SIGNING_KEY_SECRET (HKDF, RFC 5869). */
export function refreshTokenKey(secret: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', PURPOSE, TAG_BYTES)));
}

/**
 * Makes the refresh token of one generation of a session: the session id, the generation, and an HMAC-SHA-256 over the
 * session's seed and both, in base64url. The token is deterministic, so that a retry returns the same one. Forging it
 * requires both the seed, which is only in the database, and the secret, which never is.
 */
export function refreshToken(
  { sessionId, generation }: RefreshTokenClaim,
  seed: Buffer,
  key: KeyObject,
): string {
  const named = Buffer.alloc(NAMED_BYTES);
  named.set(parseUuid(sessionId));
  named.writeUInt32BE(generation, ID_BYTES);
  const tag = createHmac('sha256', key).update(seed).update(named).digest();
  return Buffer.concat([named, tag]).toString('base64url');
}

/** Reads the claims of a refresh token without verifying them. Null if it is malformed or its base64url not canonical. */
export function readRefreshToken(token: string): RefreshTokenClaim | null {
  if (token.length !== Math.ceil(((NAMED_BYTES + TAG_BYTES) * 4) / 3)) return null;
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length !== NAMED_BYTES + TAG_BYTES || bytes.toString('base64url') !== token) return null;
  try {
    const sessionId = formatUuid(bytes.subarray(0, ID_BYTES));
    return { sessionId, generation: bytes.readUInt32BE(ID_BYTES) };
  } catch {
    return null;
  }
}

/** Whether a token was made with this seed and one of these keys. Compares in constant time. */
export function isRefreshToken(
  token: string,
  claim: RefreshTokenClaim,
  seed: Buffer,
  keys: readonly KeyObject[],
): boolean {
  const given = Buffer.from(token);
  return keys.some((key) => timingSafeEqual(Buffer.from(refreshToken(claim, seed, key)), given));
}
