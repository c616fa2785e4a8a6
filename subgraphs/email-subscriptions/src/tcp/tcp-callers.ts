import type { KeyObject } from 'node:crypto';
import {
  type AuthContext,
  claimedIssuer,
  type Scope,
  txnTokenKey,
  UntrustedCallerError,
  verifyTxnToken,
} from '@kit/auth';

/** A program that may send TCP messages. */
export interface TcpCaller {
  readonly name: string;
  readonly secret: string;
  /** The previous secret, during a rotation. */
  readonly previousSecret?: string | undefined;
  /** The maximum scopes of the caller, for itself or for a user. */
  readonly scopes: readonly Scope[];
}

/** Verifies the token of a message and returns its sender; throws `UntrustedCallerError`. */
export type CallerVerifier = (token: unknown) => AuthContext & { readonly caller: string };

/**
 * Verifies a token with the secret of the caller that it names. The gateway's tokens are invalid over TCP and those of
 * callers over HTTP, because the issuers and the secrets differ.
 */
export function callerVerifier(audience: string, callers: readonly TcpCaller[]): CallerVerifier {
  const known = new Map(callers.map((caller) => [caller.name, keysAndScopes(caller)]));
  return (token) => {
    const name = claimedIssuer(token);
    const caller = known.get(name ?? '');
    if (!name || !caller) throw new UntrustedCallerError(name ? 'unknown caller' : 'no transaction token');
    const { viewer, scopes } = verifyTxnToken(token, audience, caller.keys, name);
    return { viewer, caller: name, scopes: new Set([...scopes].filter((scope) => caller.scopes.has(scope))) };
  };
}

function keysAndScopes({ secret, previousSecret, scopes }: TcpCaller): {
  readonly keys: readonly KeyObject[];
  readonly scopes: ReadonlySet<string>;
} {
  const secrets = previousSecret === undefined ? [secret] : [secret, previousSecret];
  return { keys: secrets.map(txnTokenKey), scopes: new Set(scopes) };
}
