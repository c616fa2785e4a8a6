import type { AuthContext } from '@supergraph/auth-context/auth-context';
import type { LoggedIn } from './people.js';
import type { RunningUsers } from './running-users.js';

export interface PasswordChanged {
  readonly tokens: LoggedIn['tokens'] | null;
  readonly userErrors: { code: string; field: string[] | null }[];
}

/** Asks for another password as somebody, or as a stranger. */
export function askToChange(users: RunningUsers, as: AuthContext | undefined, input: object) {
  return users.ask<{ changePassword: PasswordChanged | null }>(
    `mutation ($input: ChangePasswordInput!) {
      changePassword(input: $input) {
        tokens { accessToken expiresAt refreshToken refreshExpiresAt } userErrors { code field }
      }
    }`,
    { variables: { input }, ...(as && { as }) },
  );
}
