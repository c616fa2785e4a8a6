import { signedAccessTokens } from '@kit/auth';
import type { IdentityOptions } from '@kit/gateway';

/** The subgraph that issues access tokens and revokes sessions. */
const USERS = 'users';

/** The identity provider of this product. */
export function identityOf(settings: {
  /** An address at users. */
  usersUrl: string;
  keysRefreshMs: number | undefined;
  revocationsPollMs: number | undefined;
}): IdentityOptions {
  return {
    jwksUrl: new URL('/.well-known/jwks.json', settings.usersUrl).href,
    ...signedAccessTokens({ issuer: USERS, audience: 'supergraph' }),
    keysRefreshMs: settings.keysRefreshMs,
    revocations: { subgraph: USERS, path: '/revoked-sessions', pollMs: settings.revocationsPollMs },
  };
}
