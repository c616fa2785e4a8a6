import type { KeyObject } from 'node:crypto';
import { type AuthContext, signTxnToken, TXN_TOKEN_SECONDS, txnTokenKey } from '@kit/auth';

const HALF_LIFE_MS = (TXN_TOKEN_SECONDS * 1_000) / 2;

/**
 * Signs transaction tokens for one subgraph. It caches a token per auth context for half the token's lifetime, so
 * most requests need no signature. An auth context with an origin is a new object each time, so mutations are always
 * signed.
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
