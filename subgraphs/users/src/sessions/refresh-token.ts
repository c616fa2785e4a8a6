import { createHash, randomBytes } from 'node:crypto';

const TOKEN_BYTES = 32;

/** A new refresh token, 256 random bits in base64url, with the hash to keep of it. */
export function newRefreshToken(): { token: string; hash: Buffer } {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  return { token, hash: hashRefreshToken(token) };
}

/** SHA-256. No salt and no slow hash: what is random in 256 bits cannot be guessed. */
export function hashRefreshToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
