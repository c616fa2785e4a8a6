import { generateKeyPairSync } from 'node:crypto';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { KeyRing } from './key-ring.js';
import { publicJwkOf } from './public-jwk.js';
import { sealPrivateKey, type SealBroken } from './sealed-private-key.js';
import type { StoredKey } from './stored-keys.js';

const SECRET = 'a secret of at least thirty-two bytes';

function stored(signsInMs: number, secret = SECRET): StoredKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { kid } = publicJwkOf(privateKey);
  const signsFrom = new Date(Date.now() + signsInMs);
  return { kid, sealedPrivateKey: sealPrivateKey(privateKey, kid, secret), signsFrom, signsInMs };
}

const rethrow = (error: SealBroken) => {
  throw error;
};
const open = (...keys: StoredKey[]) => KeyRing.open(keys, [SECRET], undefined, rethrow);

describe('the key ring', () => {
  afterEach(() => void jest.restoreAllMocks());

  test('signs with each key from its time on, until the next one', () => {
    const [first, second, third] = [stored(-1_000), stored(1_000), stored(2_000)];
    const ring = open(first, second, third);
    const now = performance.now();
    const signers = [0, 900, 1_100, 1_900, 2_100].map((ms) => ring.signer(now + ms).kid);
    expect(signers).toEqual([first.kid, first.kid, second.kid, second.kid, third.kid]);
    expect(ring.published().map(({ kid }) => kid)).toEqual([first.kid, second.kid, third.kid]);
  });

  test('does not depend on the clock of this machine', () => {
    const [first, second] = [stored(-1_000), stored(60_000)];
    const ring = open(first, second);
    const tomorrow = Date.now() + 24 * 3_600_000;
    jest.spyOn(Date, 'now').mockReturnValue(tomorrow);
    expect(ring.signer().kid).toBe(first.kid);
  });

  test('signs with the oldest key if none may sign yet, as after keys were deleted by hand', () => {
    const [first, second] = [stored(1_000), stored(2_000)];
    expect(open(first, second).signer().kid).toBe(first.kid);
  });

  test('leaves out and reports keys that it cannot decrypt, and keeps those that it already has', () => {
    const [known, unreadable] = [stored(-2_000), stored(-1_000, `${SECRET}!`)];
    const before = open(known);
    const reported: SealBroken[] = [];
    const ring = KeyRing.open([known, unreadable], [`${SECRET}?`], before, (error) => reported.push(error));
    expect(ring.published().map(({ kid }) => kid)).toEqual([known.kid]);
    expect(reported.map(({ message }) => message)).toEqual([
      `the signing key ${unreadable.kid} cannot be decrypted`,
    ]);
  });
});
