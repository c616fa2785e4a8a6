import { ANONYMOUS, type AuthContext } from '@kit/auth';
import { TIMEOUT_HEADER } from '@kit/service';
import { gatewayHeaders, type RunningUsers } from './running-users.js';

/** An anonymous client at this address. */
export function anonymousAt(ip: string): AuthContext {
  return { ...ANONYMOUS, origin: { ip, userAgent: null } };
}

/** Headers with a deadline so late that the service never rejects the request as too busy. */
export function patientHeaders(as?: AuthContext): Record<string, string> {
  return { ...gatewayHeaders(as), [TIMEOUT_HEADER]: '600000' };
}

/** Logs in from an address. Returns the code `OK` or the user error. */
export async function tryPassword(
  users: RunningUsers,
  email: string,
  password: string,
  ip: string,
  headers = patientHeaders(anonymousAt(ip)),
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
