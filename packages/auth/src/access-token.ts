import type { KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { canonicalSignature, isCanonicalSignature } from './es256-signature.js';
import type { AccessTokenAlgorithm, AccessTokenParties, AccessTokenProfile } from './access-token-profile.js';
import { parseScope } from './scopes.js';
import type { AuthContext } from './auth-context.js';

/** The lifetime of an access token, unless its issuer chooses a shorter one. */
export const ACCESS_TOKEN_SECONDS = 600;

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
  { issuer, audience }: AccessTokenParties,
  lifetimeSeconds = ACCESS_TOKEN_SECONDS,
): string {
  const token = jwt.sign({ sid: claims.sessionId, scope: claims.scopes.join(' ') }, key.privateKey, {
    algorithm: 'ES256',
    issuer,
    audience,
    subject: claims.userId,
    jwtid: claims.tokenId,
    expiresIn: lifetimeSeconds,
    header: { alg: 'ES256', typ: 'at+jwt', kid: key.kid },
  });
  const { signed, signature } = parts(token);
  return signed + canonicalSignature(signature);
}

/**
 * Reads the `kid` of an unverified token, to find the key to verify it with.
 * @throws InvalidAccessTokenError when it is not an access token, or its header names a key
 */
export function keyIdOf(token: string, { typ, algorithms }: AccessTokenProfile): string {
  const header = decodeHeader(token);
  for (const name of ['jku', 'x5u', 'x5c', 'jwk', 'crit']) {
    if (name in header) throw new InvalidAccessTokenError(`header ${name} is not allowed`);
  }
  if (typ !== null && header.typ !== typ) throw new InvalidAccessTokenError(`typ is not ${typ}`);
  if (!algorithms.some((algorithm) => algorithm === header.alg))
    throw new InvalidAccessTokenError(`alg is not ${algorithms.join(' or ')}`);
  if (typeof header.kid !== 'string') throw new InvalidAccessTokenError('no kid');
  return header.kid;
}

/**
 * Verifies signature, issuer, audience and expiry with one public key. The profile and the key choose the algorithm, the
 * token's header does not.
 * @throws InvalidAccessTokenError
 */
export function verifyAccessToken(
  token: string,
  publicKey: KeyObject,
  profile: AccessTokenProfile,
): AccessTokenContext {
  const algorithm = algorithmOf(publicKey);
  if (algorithm === null || !profile.algorithms.includes(algorithm))
    throw new InvalidAccessTokenError(`the key is not for ${profile.algorithms.join(' or ')}`);
  const isCanonical = algorithm !== 'ES256' || isCanonicalSignature(parts(token).signature);
  if (profile.canonicalSignatures && !isCanonical) {
    throw new InvalidAccessTokenError('the signature is not in its canonical form');
  }
  let claims: Record<string, unknown>;
  try {
    claims = jwt.verify(token, publicKey, {
      algorithms: [algorithm],
      issuer: profile.issuer,
      audience: profile.audience,
    }) as Record<string, unknown>;
  } catch (error) {
    throw new InvalidAccessTokenError(error instanceof Error ? error.message : String(error));
  }
  const names = profile.claims;
  const userId = claims[names.userId];
  const sessionId = names.sessionId === null ? null : claims[names.sessionId];
  const scopes = scopesIn(claims[names.scopes]);
  const { exp } = claims;
  if (!isId(userId) || !(sessionId === null || isId(sessionId)) || !scopes || typeof exp !== 'number') {
    throw new InvalidAccessTokenError('a claim is missing');
  }
  return { viewer: { userId, sessionId }, scopes, expiresAt: new Date(exp * 1000) };
}

/** The algorithm of a public key; null when there is none for it. */
export function algorithmOf({
  asymmetricKeyType,
  asymmetricKeyDetails,
}: KeyObject): AccessTokenAlgorithm | null {
  if (asymmetricKeyType === 'rsa') return 'RS256';
  return asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1' ? 'ES256' : null;
}

function isId(claim: unknown): claim is string {
  return typeof claim === 'string' && claim !== '';
}

function scopesIn(claim: unknown): ReadonlySet<string> | null {
  if (claim === undefined) return new Set();
  if (typeof claim === 'string') return parseScope(claim);
  return Array.isArray(claim) && claim.every(isId) ? new Set(claim) : null;
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
