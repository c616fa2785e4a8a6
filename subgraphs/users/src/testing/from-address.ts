import { ANONYMOUS, type AuthContext } from '@supergraph/auth-context/auth-context';
import { TIMEOUT_HEADER } from '@supergraph/service/request-deadline';
import { gatewayHeaders, type RunningUsers } from './running-users.js';

/** A stranger at this address. */
export function strangerAt(ip: string): AuthContext {
  return { ...ANONYMOUS, origin: { ip, userAgent: null } };
}

/** Of somebody who waits for the answer however long it takes, and so is refused for nothing but what they do. */
export function patientHeaders(as?: AuthContext): Record<string, string> {
  return { ...gatewayHeaders(as), [TIMEOUT_HEADER]: '600000' };
}

/** What the login of a stranger at this address comes to: OK, or why not. */
export async function tryPassword(
  users: RunningUsers,
  email: string,
  password: string,
  ip: string,
  headers = patientHeaders(strangerAt(ip)),
) {
  const { data, errors } = await users.ask<{
    login: { tokens: object | null; userErrors: { code: string; retryAfterSeconds: number | null }[] };
  }>(
    `mutation ($input: LoginInput!) {
      login(input: $input) { tokens { accessToken } userErrors { code message retryAfterSeconds } }
    }`,
    { variables: { input: { email, password } }, headers },
  );
  if (!data) throw new Error(JSON.stringify(errors));
  const { tokens, userErrors } = data.login;
  return tokens ? { code: 'OK', retryAfterSeconds: null } : userErrors[0]!;
}
