const ORDER = 2n ** 256n - 2n ** 224n + 2n ** 192n - 0x4319055258e8617b0c46353d039cdaafn;

/** The same token with the signature (r, n - s), which is valid for the same key and the same claims. */
export function otherSignature(token: string): string {
  const end = token.lastIndexOf('.') + 1;
  const bytes = Buffer.from(token.slice(end), 'base64url');
  const s = BigInt(`0x${bytes.toString('hex', 32)}`);
  bytes.write((ORDER - s).toString(16).padStart(64, '0'), 32, 'hex');
  return token.slice(0, end) + bytes.toString('base64url');
}
