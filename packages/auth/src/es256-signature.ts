/** Length in bytes of each half, r and s (RFC 7518, section 3.4). */
const HALF_LENGTH = 32;

/** The order of the group of P-256 (SEC 2, section 2.4.2). */
const ORDER = 0xffffffff_00000000_ffffffff_ffffffff_bce6faad_a7179e84_f3b9cac2_fc632551n;

/** The form of a signature that verifiers accept. Both s and -s are valid; the lower one is canonical. */
export function canonicalSignature(signature: string): string {
  const bytes = Buffer.from(signature, 'base64url');
  if (isLow(bytes)) return signature;
  const low = (ORDER - sOf(bytes)).toString(16).padStart(2 * HALF_LENGTH, '0');
  bytes.write(low, HALF_LENGTH, 'hex');
  return bytes.toString('base64url');
}

/**
 * Whether a signature has its canonical form: s is low, and the unused bits of the last character are zero
 * (RFC 4648, section 3.5). It does not verify the signature.
 */
export function isCanonicalSignature(signature: string): boolean {
  const bytes = Buffer.from(signature, 'base64url');
  if (bytes.length !== 2 * HALF_LENGTH) return false;
  return isLow(bytes) && bytes.toString('base64url') === signature;
}

function isLow(bytes: Buffer): boolean {
  return sOf(bytes) <= ORDER / 2n;
}

function sOf(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex', HALF_LENGTH)}`);
}
