import type { KeyObject } from 'node:crypto';
import type { AuthContext } from '@supergraph/auth-context/auth-context';
import type { Scope } from '@supergraph/auth-context/scopes';
import {
  claimedIssuer,
  txnTokenKey,
  UntrustedCallerError,
  verifyTxnToken,
} from '@supergraph/auth-context/txn-token';

/** A program that may send TCP messages. */
export interface TcpCaller {
  readonly name: string;
  readonly secret: string;
  /** While the secret is being exchanged, the one before. */
  readonly previousSecret?: string | undefined;
  /** What it may do at most, for itself or for a user. */
  readonly scopes: readonly Scope[];
}

/** Turns the token of a message into who sent it; throws `UntrustedCallerError`. */
export type CallerVerifier = (token: unknown) => AuthContext & { readonly caller: string };

/**
 * Checks tokens by the secret of the caller who says that they made them. The gateway is no caller, and what a caller
 * signs is nothing over HTTP: the issuer is another, and so is the secret.
 */
export function callerVerifier(audience: string, callers: readonly TcpCaller[]): CallerVerifier {
  const known = new Map(callers.map((caller) => [caller.name, keysAndScopes(caller)]));
  return (token) => {
    const name = claimedIssuer(token);
    const caller = known.get(name ?? '');
    if (!name || !caller) throw new UntrustedCallerError(name ? 'no such caller' : 'no transaction token');
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
