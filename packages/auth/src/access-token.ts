import type { KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { canonicalSignature, isCanonicalSignature } from './es256-signature.js';
import { parseScope } from './scopes.js';
import type { AuthContext } from './auth-context.js';

/** The lifetime of an access token, unless its issuer chooses a shorter one. */
export const ACCESS_TOKEN_SECONDS = 600;

const ISSUER = 'users';
const AUDIENCE = 'supergraph';
const TYPE = 'at+jwt';

/** A private key, and the id of its published public key. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
}

/** The user who logged in, and when the token expires. */
export interface AccessTokenContext extends AuthContext {
  readonly viewer: NonNullable<AuthContext['viewer']>;
  readonly expiresAt: Date;
}

/** The token is forged, expired or not an access token. The message says why, and does not contain the token. */
export class InvalidAccessTokenError extends Error {
  override name = 'InvalidAccessTokenError';
}

/** Signs a JWT profile access token (RFC 9068), ES256. */
export function signAccessToken(
  claims: { userId: string; sessionId: string; scopes: readonly string[]; tokenId: string },
  key: SigningKey,
  lifetimeSeconds = ACCESS_TOKEN_SECONDS,
): string {
  const token = jwt.sign({ sid: claims.sessionId, scope: claims.scopes.join(' ') }, key.privateKey, {
    algorithm: 'ES256',
    issuer: ISSUER,
    audience: AUDIENCE,
    subject: claims.userId,
    jwtid: claims.tokenId,
    expiresIn: lifetimeSeconds,
    header: { alg: 'ES256', typ: TYPE, kid: key.kid },
  });
  const { signed, signature } = parts(token);
  return signed + canonicalSignature(signature);
}

/**
 * Reads the `kid` of an unverified token, to find the key to verify it with.
 * @throws InvalidAccessTokenError when it is not an access token, or its header names a key
 */
export function keyIdOf(token: string): string {
  const header = decodeHeader(token);
  for (const name of ['jku', 'x5u', 'x5c', 'jwk', 'crit']) {
    if (name in header) throw new InvalidAccessTokenError(`header ${name} is not allowed`);
  }
  if (header.typ !== TYPE) throw new InvalidAccessTokenError(`typ is not ${TYPE}`);
  if (header.alg !== 'ES256') throw new InvalidAccessTokenError('alg is not ES256');
  if (typeof header.kid !== 'string') throw new InvalidAccessTokenError('no kid');
  return header.kid;
}

/**
 * Verifies signature, issuer, audience and expiry with one public key. The token's header does not choose the algorithm.
 * @throws InvalidAccessTokenError
 */
export function verifyAccessToken(token: string, publicKey: KeyObject): AccessTokenContext {
  if (!isCanonicalSignature(parts(token).signature)) {
    throw new InvalidAccessTokenError('the signature is not in its canonical form');
  }
  let claims: Record<string, unknown>;
  try {
    claims = jwt.verify(token, publicKey, {
      algorithms: ['ES256'],
      issuer: ISSUER,
      audience: AUDIENCE,
    }) as Record<string, unknown>;
  } catch (error) {
    throw new InvalidAccessTokenError(error instanceof Error ? error.message : String(error));
  }
  const { sub, sid, scope, exp } = claims;
  if (
    typeof sub !== 'string' ||
    typeof sid !== 'string' ||
    typeof scope !== 'string' ||
    typeof exp !== 'number'
  ) {
    throw new InvalidAccessTokenError('a claim is missing');
  }
  return {
    viewer: { userId: sub, sessionId: sid },
    scopes: parseScope(scope),
    expiresAt: new Date(exp * 1000),
  };
}

function parts(token: string): { signed: string; signature: string } {
  const end = token.lastIndexOf('.') + 1;
  return { signed: token.slice(0, end), signature: token.slice(end) };
}

function decodeHeader(token: string): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString('utf8'));
    if (typeof header === 'object' && header !== null) return header as Record<string, unknown>;
  } catch {
    // Reported below, like any other value that is not an object.
  }
  throw new InvalidAccessTokenError('malformed');
}
