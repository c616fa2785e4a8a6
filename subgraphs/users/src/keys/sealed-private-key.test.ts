import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { openPrivateKey, SealBroken, sealPrivateKey } from './sealed-private-key.js';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const SECRET = 'a secret of at least thirty-two bytes';

describe('a sealed private key', () => {
  const sealed = sealPrivateKey(privateKey, 'kid-1', SECRET);

  test('opens with the secret that sealed it', () => {
    expect(openPrivateKey(sealed, 'kid-1', SECRET).equals(privateKey)).toBe(true);
  });

  test('does not open with another secret', () => {
    expect(() => openPrivateKey(sealed, 'kid-1', `${SECRET}!`)).toThrow(SealBroken);
  });

  test('does not open under the name of another key', () => {
    expect(() => openPrivateKey(sealed, 'kid-2', SECRET)).toThrow(SealBroken);
  });

  test('does not open when any byte of it was changed, or it was cut short', () => {
    for (let index = 0; index < sealed.length; index++) {
      const changed = Buffer.from(sealed);
      changed[index]! ^= 1;
      expect(() => openPrivateKey(changed, 'kid-1', SECRET)).toThrow(SealBroken);
      expect(() => openPrivateKey(sealed.subarray(0, index), 'kid-1', SECRET)).toThrow(SealBroken);
    }
  });

  test('looks different each time, and never like the key', () => {
    expect(sealPrivateKey(privateKey, 'kid-1', SECRET).equals(sealed)).toBe(false);
    expect(sealed.includes(privateKey.export({ type: 'pkcs8', format: 'der' }).subarray(-32))).toBe(false);
  });
});
