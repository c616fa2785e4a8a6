import { ANONYMOUS, type AuthContext } from '@supergraph/auth-context/auth-context';
import type { RunningUsers } from './running-users.js';

/** A stranger at this address. */
export function strangerAt(ip: string): AuthContext {
  return { ...ANONYMOUS, origin: { ip, userAgent: null } };
}

/** What the login of a stranger at this address comes to: tokens, or why not. */
export async function tryPassword(users: RunningUsers, email: string, password: string, ip: string) {
  const { data, errors } = await users.ask<{
    login: { tokens: object | null; userErrors: { code: string; retryAfterSeconds: number | null }[] };
  }>(
    `mutation ($input: LoginInput!) {
      login(input: $input) { tokens { accessToken } userErrors { code message retryAfterSeconds } }
    }`,
    { variables: { input: { email, password } }, as: strangerAt(ip) },
  );
  if (!data) throw new Error(JSON.stringify(errors));
  const { tokens, userErrors } = data.login;
  return tokens ? { code: 'OK', retryAfterSeconds: null } : userErrors[0]!;
}
