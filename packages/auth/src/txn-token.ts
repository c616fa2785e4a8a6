import { createSecretKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { AuthContext, RequestOrigin } from './auth-context.js';
import { parseScope } from './scopes.js';

/** The header in which the gateway sends the token to a subgraph. */
export const TXN_TOKEN_HEADER = 'txn-token';

/** The lifetime of a token, and the longest lifetime that a subgraph accepts. */
export const TXN_TOKEN_SECONDS = 60;

/** The issuer of tokens that the gateway signs. */
export const GATEWAY = 'gateway';
const CLOCK_SKEW_SECONDS = 5;

/** The request was not signed for this subgraph by a trusted caller. Log the message, and do not send it to the caller. */
export class UntrustedCallerError extends Error {
  override name = 'UntrustedCallerError';
}

/** The error that an untrusted caller gets. It does not say what was wrong. */
export const UNTRUSTED_CALLER = {
  message: 'This service only accepts requests from its gateway.',
  extensions: { code: 'UNTRUSTED_CALLER' },
} as const;

/** The key of a secret, for `signTxnToken` and `verifyTxnToken`. Make it once, at start. */
export function txnTokenKey(secret: string): KeyObject {
  return createSecretKey(Buffer.from(secret, 'utf8'));
}

/**
 * Signs the caller's context for one subgraph: a JWT modelled on OAuth Transaction Tokens
 * (draft-ietf-oauth-transaction-tokens), HS256 with that subgraph's secret. The origin of the request, if given, is the
 * requester context (`rctx`).
 */
export function signTxnToken(
  auth: AuthContext,
  subgraph: string,
  key: KeyObject,
  issuer: string = GATEWAY,
): string {
  const claims = {
    scope: [...auth.scopes].join(' '),
    ...(auth.viewer && { sub: auth.viewer.userId }),
    ...(auth.viewer?.sessionId && { sid: auth.viewer.sessionId }),
    ...(auth.origin && { rctx: { req_ip: auth.origin.ip, user_agent: auth.origin.userAgent } }),
  };
  return jwt.sign(claims, key, {
    algorithm: 'HS256',
    issuer,
    audience: subgraph,
    expiresIn: TXN_TOKEN_SECONDS,
    header: { alg: 'HS256', typ: 'txntoken+jwt' },
  });
}

/**
 * Verifies a token and returns the caller's context.
 * @param keys the current secret and, while secrets rotate, the previous one
 * @throws UntrustedCallerError when the token is missing, forged or expired, or has another issuer or audience
 */
export function verifyTxnToken(
  token: unknown,
  subgraph: string,
  keys: readonly KeyObject[],
  issuer: string = GATEWAY,
): AuthContext {
  if (typeof token !== 'string' || token === '') throw new UntrustedCallerError('no transaction token');
  let reason = 'no key';
  for (const key of keys) {
    try {
      return contextOf(
        jwt.verify(token, key, {
          algorithms: ['HS256'],
          issuer,
          audience: subgraph,
          maxAge: TXN_TOKEN_SECONDS,
          clockTolerance: CLOCK_SKEW_SECONDS,
        }),
      );
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
  }
  throw new UntrustedCallerError(reason);
}

/**
 * The issuer in an unverified token, to find the key to verify it with.
 * @returns undefined for a value that is not a token or has no issuer
 */
export function claimedIssuer(token: unknown): string | undefined {
  const iss: unknown = claimsOf(token)?.iss;
  return typeof iss === 'string' ? iss : undefined;
}

function claimsOf(token: unknown): jwt.JwtPayload | null {
  if (typeof token !== 'string') return null;
  try {
    const claims = jwt.decode(token);
    return typeof claims === 'object' ? claims : null;
  } catch {
    // It throws when `typ` is JWT and the payload is not JSON. Its message quotes the payload.
    return null;
  }
}

function contextOf(claims: jwt.JwtPayload | string): AuthContext {
  if (typeof claims === 'string' || typeof claims.exp !== 'number') throw new Error('no claims, or no exp');
  const { sub, sid, scope, rctx } = claims as Record<string, unknown>;
  if (typeof scope !== 'string') throw new Error('no scope');
  const rest = { scopes: parseScope(scope), ...(rctx !== undefined && { origin: originOf(rctx) }) };
  if (sub === undefined && sid === undefined) return { viewer: null, ...rest };
  if (typeof sub !== 'string' || !(sid === undefined || typeof sid === 'string'))
    throw new Error('sub must be set, and sid a text');
  return { viewer: { userId: sub, sessionId: sid ?? null }, ...rest };
}

function originOf(rctx: unknown): RequestOrigin {
  const { req_ip: ip, user_agent: userAgent } = (rctx ?? {}) as Record<string, unknown>;
  return {
    ip: typeof ip === 'string' ? ip : null,
    userAgent: typeof userAgent === 'string' ? userAgent : null,
  };
}
