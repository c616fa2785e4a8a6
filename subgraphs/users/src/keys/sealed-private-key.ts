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

/** No secret decrypts the key, or its row was modified. */
export class SealBroken extends Error {
  override name = 'SealBroken';
}

/**
 * Encrypts a private key (AES-256-GCM, NIST SP 800-38D) with a key derived from the secret (HKDF, RFC 5869).
 * The `kid` is authenticated too, so that the key of one row cannot replace that of another.
 * @returns initialisation vector, authentication tag and ciphertext of the PKCS #8 DER
 */
export function sealPrivateKey(privateKey: KeyObject, kid: string, secret: string): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, derivedKey(secret), iv).setAAD(Buffer.from(kid));
  const der = privateKey.export({ type: 'pkcs8', format: 'der' });
  const ciphertext = Buffer.concat([cipher.update(der), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), ciphertext]);
}

/**
 * Decrypts the result of `sealPrivateKey`.
 * @param secrets the secrets to try
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

/** @throws Error from `node:crypto` if the secret is wrong or the bytes were modified */
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
