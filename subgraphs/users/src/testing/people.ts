import { createPublicKey, type JsonWebKey } from 'node:crypto';
import {
  type AccessTokenContext,
  ANONYMOUS,
  keyIdOf,
  type RequestOrigin,
  verifyAccessToken,
} from '@kit/auth';

import { ACCESS_TOKENS } from '../sessions/access-token-profile.js';
import { inSession, type SessionViewer } from '../sessions/session-viewer.js';
import type { RunningUsers } from './running-users.js';

export interface Person {
  readonly email: string;
  readonly password: string;
  readonly displayName: string;
}

export const ADA: Person = {
  email: 'Ada@Example.com',
  password: 'correct horse',
  displayName: 'Ada Lovelace',
};
export const BOB: Person = { email: 'bob@example.com', password: 'battery staple', displayName: 'Bob' };

export interface LoggedIn {
  readonly tokens: { accessToken: string; expiresAt: string; refreshToken: string; refreshExpiresAt: string };
  /** The claims of the access token. */
  readonly auth: SessionAuth;
}

export function register(users: RunningUsers, person: Person) {
  return users.ask<{
    register: { accepted: boolean; userErrors: { code: string; field: string[] | null }[] };
  }>('mutation ($input: RegisterInput!) { register(input: $input) { accepted userErrors { code field } } }', {
    variables: { input: person },
  });
}

/** Logs in to an existing account. */
export async function logIn(users: RunningUsers, { email, password }: Person): Promise<LoggedIn> {
  const { data } = await users.ask<{ login: { tokens: LoggedIn['tokens'] } }>(
    `mutation ($input: LoginInput!) {
      login(input: $input) { tokens { accessToken expiresAt refreshToken refreshExpiresAt } }
    }`,
    { variables: { input: { email, password } } },
  );
  const tokens = data!.login.tokens;
  return { tokens, auth: await authOf(users, tokens.accessToken) };
}

/** Whether the password of the account works. */
export async function canLogIn(users: RunningUsers, { email, password }: Person): Promise<boolean> {
  const { data } = await users.ask<{ login: { tokens: object | null } }>(
    'mutation ($input: LoginInput!) { login(input: $input) { tokens { accessToken } } }',
    { variables: { input: { email, password } } },
  );
  return data!.login.tokens !== null;
}

/** Registers a person and logs them in. */
export async function join(users: RunningUsers, person: Person): Promise<LoggedIn> {
  await register(users, person);
  return logIn(users, person);
}

/** Registers a person, makes them an owner and logs them in. */
export async function joinAsOwner(users: RunningUsers, person: Person): Promise<LoggedIn> {
  await register(users, person);
  await users.database.query(`UPDATE users SET roles = '{OWNER}' WHERE email = $1`, [person.email]);
  return logIn(users, person);
}

export interface Refreshed {
  readonly tokens: LoggedIn['tokens'] | null;
  readonly userErrors: { code: string; field: string[] | null }[];
}

/** Exchanges a refresh token. */
export async function refresh(
  users: RunningUsers,
  refreshToken: string,
  origin?: RequestOrigin,
): Promise<Refreshed> {
  const { data } = await users.ask<{ refreshSession: Refreshed }>(
    `mutation ($input: RefreshSessionInput!) {
      refreshSession(input: $input) {
        tokens { accessToken expiresAt refreshToken refreshExpiresAt }
        userErrors { code field }
      }
    }`,
    { variables: { input: { refreshToken } }, as: { ...ANONYMOUS, ...(origin && { origin }) } },
  );
  return data!.refreshSession;
}

/** The context of an access token. */
export interface SessionAuth extends AccessTokenContext {
  readonly viewer: SessionViewer;
}

/** Verifies an access token as the gateway does: with the keys that the service publishes. */
export async function authOf(users: RunningUsers, accessToken: string): Promise<SessionAuth> {
  const response = await fetch(`${users.origin}/.well-known/jwks.json`);
  const { keys } = (await response.json()) as { keys: JsonWebKey[] };
  const key = keys.find(({ kid }) => kid === keyIdOf(accessToken, ACCESS_TOKENS));
  const verified = verifyAccessToken(
    accessToken,
    createPublicKey({ key: key!, format: 'jwk' }),
    ACCESS_TOKENS,
  );
  return { ...verified, viewer: inSession(verified.viewer) };
}
