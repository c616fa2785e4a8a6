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
  /** The secret before, while it is rotated. */
  readonly previousSecret?: string | undefined;
  /** The most that it may do, for itself or for a user. */
  readonly scopes: readonly Scope[];
}

/** Returns the sender of a message from its token; throws `UntrustedCallerError`. */
export type CallerVerifier = (token: unknown) => AuthContext & { readonly caller: string };

/**
 * Checks a token with the secret of the caller that it names. The gateway is not a caller, and callers' tokens are
 * invalid over HTTP, because the issuer and the secret differ.
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
