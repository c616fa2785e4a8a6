import { newId } from '@kit/database';
import { signAccessToken, type SigningKey } from '@kit/auth';
import { ACCESS_TOKENS } from './access-token-profile.js';
import { scopesOf, type Role } from '../roles.js';

/** The tokens of a session. */
export interface Tokens {
  readonly accessToken: string;
  readonly expiresAt: Date;
  readonly refreshToken: string;
  readonly refreshExpiresAt: Date;
}

/** Signs an access token with the scopes of the user's current roles, and returns it with the refresh token. */
export function issueTokens(
  session: { id: string; expiresAt: Date },
  user: { id: string; roles: readonly Role[] },
  refreshToken: string,
  key: SigningKey,
  lifetimeSeconds: number,
): Tokens {
  const issuedAt = Math.floor(Date.now() / 1000);
  const claims = { userId: user.id, sessionId: session.id, scopes: scopesOf(user.roles), tokenId: newId() };
  return {
    accessToken: signAccessToken(claims, key, ACCESS_TOKENS, lifetimeSeconds),
    expiresAt: new Date((issuedAt + lifetimeSeconds) * 1000),
    refreshToken,
    refreshExpiresAt: session.expiresAt,
  };
}
