import type { KeyObject } from 'node:crypto';
import type { AuthContext } from '@supergraph/auth-context/auth-context';
import { signTxnToken, TXN_TOKEN_SECONDS, txnTokenKey } from '@supergraph/auth-context/txn-token';

const HALF_LIFE_MS = (TXN_TOKEN_SECONDS * 1_000) / 2;

/**
 * Signs for one subgraph, once in half a token's life for each caller, so that signing costs nothing per request. A
 * caller together with where their request came from is a new one each time, and signed for each time.
 */
export class TxnTokens {
  private readonly key: KeyObject;
  private readonly cache = new WeakMap<AuthContext, { token: string; freshUntil: number }>();

  constructor(
    private readonly subgraph: string,
    secret: string,
  ) {
    this.key = txnTokenKey(secret);
  }

  tokenFor(auth: AuthContext): string {
    const now = Date.now();
    const cached = this.cache.get(auth);
    if (cached && cached.freshUntil > now) return cached.token;
    const token = signTxnToken(auth, this.subgraph, this.key);
    this.cache.set(auth, { token, freshUntil: now + HALF_LIFE_MS });
    return token;
  }
}
