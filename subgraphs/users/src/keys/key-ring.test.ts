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

const refuse = (error: SealBroken) => {
  throw error;
};
const open = (...keys: StoredKey[]) => KeyRing.open(keys, [SECRET], undefined, refuse);

describe('the keys of one reading', () => {
  afterEach(() => void jest.restoreAllMocks());

  test('sign from their time on, each until the next one does', () => {
    const [first, second, third] = [stored(-1_000), stored(1_000), stored(2_000)];
    const ring = open(first, second, third);
    const now = performance.now();
    const signers = [0, 900, 1_100, 1_900, 2_100].map((ms) => ring.signer(now + ms).kid);
    expect(signers).toEqual([first.kid, first.kid, second.kid, second.kid, third.kid]);
    expect(ring.published().map(({ kid }) => kid)).toEqual([first.kid, second.kid, third.kid]);
  });

  test('sign in time, whatever the clock of this machine says', () => {
    const [first, second] = [stored(-1_000), stored(60_000)];
    const ring = open(first, second);
    const tomorrow = Date.now() + 24 * 3_600_000;
    jest.spyOn(Date, 'now').mockReturnValue(tomorrow);
    expect(ring.signer().kid).toBe(first.kid);
  });

  test('go on with the oldest when no time has come, as when those before were deleted by hand', () => {
    const [first, second] = [stored(1_000), stored(2_000)];
    expect(open(first, second).signer().kid).toBe(first.kid);
  });

  test('leave out what does not open, and say so; what was open before stays open', () => {
    const [known, strange] = [stored(-2_000), stored(-1_000, `${SECRET}!`)];
    const before = open(known);
    const told: SealBroken[] = [];
    const ring = KeyRing.open([known, strange], [`${SECRET}?`], before, (error) => told.push(error));
    expect(ring.published().map(({ kid }) => kid)).toEqual([known.kid]);
    expect(told.map(({ message }) => message)).toEqual([
      `the signing key ${strange.kid} cannot be decrypted`,
    ]);
  });
});
