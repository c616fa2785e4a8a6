import { createHmac, createSecretKey, hkdfSync, timingSafeEqual, type KeyObject } from 'node:crypto';
import { parse as parseUuid, stringify as formatUuid } from 'uuid';

const ID_BYTES = 16;
const GENERATION_BYTES = 4;
const NAMED_BYTES = ID_BYTES + GENERATION_BYTES;
const TAG_BYTES = 32;
const PURPOSE = 'supergraph/users: refresh tokens, v1';

/** What a refresh token says of itself; true only once it is verified with the seed of its session. */
export interface RefreshTokenClaim {
  readonly sessionId: string;
  readonly generation: number;
}

/** What makes refresh tokens out of SIGNING_KEY_SECRET. */
export function refreshTokenKey(secret: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', PURPOSE, TAG_BYTES)));
}

/**
 * The refresh token of one generation of a session: both, and an HMAC-SHA-256 over them and the session's seed, in
 * base64url. It can be made again, so the answer to a lost request can be; nobody can make it who lacks the seed, which
 * is in the database alone, or the secret, which never is.
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

/** Whose token it claims to be; null for what no refresh token looks like, or is spelt as none is. */
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

/** Whether a token is one of its session's, spelt as it was handed out, under one of the keys. */
export function isRefreshToken(
  token: string,
  claim: RefreshTokenClaim,
  seed: Buffer,
  keys: readonly KeyObject[],
): boolean {
  const given = Buffer.from(token);
  return keys.some((key) => timingSafeEqual(Buffer.from(refreshToken(claim, seed, key)), given));
}
