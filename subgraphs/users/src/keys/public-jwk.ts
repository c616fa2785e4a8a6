import { createHash, createPublicKey, type KeyObject } from 'node:crypto';

/** A public ES256 key as a JWK (RFC 7517, RFC 7518 section 6.2.1). */
export interface PublicJwk {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: 'ES256';
}

/** Returns the public key of a P-256 private key. Its `kid` is the thumbprint of the key (RFC 7638). */
export function publicJwkOf(privateKey: KeyObject): PublicJwk {
  const { x, y } = createPublicKey(privateKey).export({ format: 'jwk' });
  if (x === undefined || y === undefined) throw new TypeError('not a key on an elliptic curve');
  const required = { crv: 'P-256', kty: 'EC', x, y } as const;
  const kid = createHash('sha256').update(JSON.stringify(required)).digest('base64url');
  return { ...required, kid, use: 'sig', alg: 'ES256' };
}
