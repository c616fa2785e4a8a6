import type { IdentityOptions } from '@kit/gateway';

/** The identity provider of this product: the subgraph `users`, which also reports revoked sessions. */
export function identityOf(settings: {
  /** An address at users. */
  users: string;
  keysRefreshMs: number | undefined;
  revocationsPollMs: number | undefined;
}): IdentityOptions {
  return {
    jwksUrl: new URL('/.well-known/jwks.json', settings.users).href,
    keysRefreshMs: settings.keysRefreshMs,
    revocations: { subgraph: 'users', path: '/revoked-sessions', pollMs: settings.revocationsPollMs },
  };
}
