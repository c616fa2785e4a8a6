import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { openPrivateKey, SealBroken, sealPrivateKey } from './sealed-private-key.js';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const SECRET = 'a secret of at least thirty-two bytes';

describe('a sealed private key', () => {
  const sealed = sealPrivateKey(privateKey, 'kid-1', SECRET);

  test('decrypts with its secret', () => {
    expect(openPrivateKey(sealed, 'kid-1', SECRET).equals(privateKey)).toBe(true);
  });

  test('does not decrypt with another secret', () => {
    expect(() => openPrivateKey(sealed, 'kid-1', `${SECRET}!`)).toThrow(SealBroken);
  });

  test('does not decrypt as another key', () => {
    expect(() => openPrivateKey(sealed, 'kid-2', SECRET)).toThrow(SealBroken);
  });

  test('does not decrypt if a byte was changed or cut off', () => {
    for (let index = 0; index < sealed.length; index++) {
      const changed = Buffer.from(sealed);
      changed[index]! ^= 1;
      expect(() => openPrivateKey(changed, 'kid-1', SECRET)).toThrow(SealBroken);
      expect(() => openPrivateKey(sealed.subarray(0, index), 'kid-1', SECRET)).toThrow(SealBroken);
    }
  });

  test('is different each time and does not contain the key', () => {
    expect(sealPrivateKey(privateKey, 'kid-1', SECRET).equals(sealed)).toBe(false);
    expect(sealed.includes(privateKey.export({ type: 'pkcs8', format: 'der' }).subarray(-32))).toBe(false);
  });
});
