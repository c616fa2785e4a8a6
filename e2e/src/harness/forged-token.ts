/** A token with changed claims and the original signature. */
export function withClaims(token: string, changed: object): string {
  return changePart(token, 1, changed);
}

/** A token with a changed header and the original signature. */
export function withHeader(token: string, changed: object): string {
  return changePart(token, 0, changed);
}

/** A token with algorithm `none` and no signature. */
export function unsigned(token: string): string {
  return `${withHeader(token, { alg: 'none' }).split('.').slice(0, 2).join('.')}.`;
}

function changePart(token: string, index: number, changed: object): string {
  const parts = token.split('.');
  const part = JSON.parse(Buffer.from(parts[index] ?? '', 'base64url').toString('utf8')) as object;
  parts[index] = Buffer.from(JSON.stringify({ ...part, ...changed })).toString('base64url');
  return parts.join('.');
}
