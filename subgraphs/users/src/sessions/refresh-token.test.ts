import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { isRefreshToken, readRefreshToken, refreshToken, refreshTokenKey } from './refresh-token.js';

const key = refreshTokenKey('a secret of the users subgraph, long enough');
const otherKey = refreshTokenKey('a secret of another users subgraph, as long');
const seed = randomBytes(32);
const claim = { sessionId: '019a0000-0000-7000-8000-000000000001', generation: 7 };
const token = refreshToken(claim, seed, key);

describe('a refresh token', () => {
  test('contains its session and generation, and is deterministic', () => {
    expect(readRefreshToken(token)).toEqual(claim);
    expect(refreshToken(claim, seed, key)).toBe(token);
  });

  test('is accepted under the current key and under the previous one', () => {
    expect(isRefreshToken(token, claim, seed, [key])).toBe(true);
    expect(isRefreshToken(token, claim, seed, [otherKey, key])).toBe(true);
  });

  test('cannot be forged without the secret or the seed, or for another generation or session', () => {
    const sessionId = '019a0000-0000-7000-8000-000000000002';
    for (const forged of [
      refreshToken(claim, seed, otherKey),
      refreshToken(claim, randomBytes(32), key),
      refreshToken({ ...claim, generation: 8 }, seed, key),
      refreshToken({ ...claim, sessionId }, seed, key),
    ]) {
      expect(isRefreshToken(forged, claim, seed, [key])).toBe(false);
    }
  });

  test('has one accepted spelling', () => {
    expect(readRefreshToken(`${token}=`)).toBeNull();
    expect(isRefreshToken(`${token.slice(0, -1)}-`, claim, seed, [key])).toBe(false);
    // The decoder of Node.js looks only at the low byte of each letter.
    const lookAlike = (text: string) =>
      text.replace(/[A-Z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0x100));
    expect(readRefreshToken(lookAlike(token))).toBeNull();
    for (const text of ['', 'guess', '\u0000', 'a'.repeat(1_000_000), '!'.repeat(token.length)]) {
      expect(readRefreshToken(text)).toBeNull();
    }
  });
});
