import { describe, expect, test } from '@jest/globals';
import { hashRefreshToken, newRefreshToken } from './refresh-token.js';

describe('a refresh token', () => {
  test('is 32 random bytes in base64url, and no two are alike', () => {
    const tokens = Array.from({ length: 100 }, () => newRefreshToken().token);
    expect(new Set(tokens).size).toBe(100);
    for (const token of tokens) expect(token).toMatch(/^[\w-]{43}$/);
  });

  test('is kept as its SHA-256', () => {
    const { token, hash } = newRefreshToken();
    expect(hash).toEqual(hashRefreshToken(token));
    // FIPS 180-4, the example of one block.
    expect(hashRefreshToken('abc').toString('hex')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });
});
