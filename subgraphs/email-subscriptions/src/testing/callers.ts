import { createHmac } from 'node:crypto';
import { type AuthContext, signTxnToken, txnTokenKey } from '@kit/auth';

export const TXN_TOKEN_SECRET = 'a secret of the gateway and this subgraph';

/** A user who may list and add. */
export const EDITOR = caller('0199d0a0-0000-7000-8000-00000000000e', [
  'subscribers:read',
  'subscribers:write',
]);

/** A user who may list. */
export const READER = caller('0199d0a0-0000-7000-8000-00000000000a', ['subscribers:read']);

/** A shared room: scopes without a user. */
export const ROOM: AuthContext = { viewer: null, scopes: new Set(['subscribers:read', 'subscribers:write']) };

export function caller(userId: string, scopes: readonly string[]) {
  return { viewer: { userId, sessionId: '0199d0a0-0000-7000-8000-000000000001' }, scopes: new Set(scopes) };
}

/** The gateway's token for a sender. */
export function tokenFor(
  auth: AuthContext,
  subgraph = 'email-subscriptions',
  secret = TXN_TOKEN_SECRET,
): string {
  return signTxnToken(auth, subgraph, txnTokenKey(secret));
}

/** The gateway's token for a sender, signed an hour ago. */
export function expiredTokenFor(auth: AuthContext): string {
  return expired(tokenFor(auth), TXN_TOKEN_SECRET);
}

/** The same token, signed an hour earlier. */
export function expired(token: string, secret: string): string {
  const [header, claims] = token.split('.') as [string, string];
  const { iat, exp, ...rest } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as Record<
    string,
    number
  >;
  const old = Buffer.from(JSON.stringify({ ...rest, iat: iat! - 3_600, exp: exp! - 3_600 })).toString(
    'base64url',
  );
  const signature = createHmac('sha256', secret).update(`${header}.${old}`).digest('base64url');
  return `${header}.${old}.${signature}`;
}
