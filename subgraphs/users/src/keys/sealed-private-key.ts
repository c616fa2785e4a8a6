import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const PURPOSE = 'supergraph/users: signing keys at rest, v1';

/** No secret opens the sealed key, or the key was changed since. */
export class SealBroken extends Error {
  override name = 'SealBroken';
}

/**
 * Encrypts a private key (AES-256-GCM, NIST SP 800-38D) under a key derived from the secret (HKDF, RFC 5869).
 * Its `kid` is authenticated with it, so that one row's key does not pass for another's.
 * @returns initialisation vector, authentication tag, ciphertext of the PKCS #8 DER
 */
export function sealPrivateKey(privateKey: KeyObject, kid: string, secret: string): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, derivedKey(secret), iv).setAAD(Buffer.from(kid));
  const der = privateKey.export({ type: 'pkcs8', format: 'der' });
  const ciphertext = Buffer.concat([cipher.update(der), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), ciphertext]);
}

/**
 * Undoes `sealPrivateKey`.
 * @param secrets one of which has sealed it
 * @throws SealBroken
 */
export function openPrivateKey(sealed: Buffer, kid: string, ...secrets: readonly string[]): KeyObject {
  let cause: unknown;
  for (const secret of secrets) {
    try {
      return decrypted(sealed, kid, secret);
    } catch (error) {
      cause = error;
    }
  }
  throw new SealBroken(`the signing key ${kid} cannot be decrypted`, { cause });
}

/** @throws whatever a cipher does that was given something else */
function decrypted(sealed: Buffer, kid: string, secret: string): KeyObject {
  const iv = sealed.subarray(0, IV_BYTES);
  const tag = sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES);
  const ciphertext = sealed.subarray(IV_BYTES + TAG_BYTES);
  const decipher = createDecipheriv(CIPHER, derivedKey(secret), iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(kid)).setAuthTag(tag);
  const der = Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

function derivedKey(secret: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', PURPOSE, KEY_BYTES));
}
