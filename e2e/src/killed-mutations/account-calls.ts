import { expect } from '@jest/globals';
import { post } from '../harness/http.js';
import { freshEmail, logIn, PASSWORD, type Person } from '../harness/people.js';
import type { UsersDatabase } from './users-database.js';

const NEW_PASSWORD = 'an entirely new password';

/** A mutation that is ready to send. */
export interface Call {
  readonly query: string;
  readonly options?: { variables?: object; token?: string };
  /** The payload of the first response. */
  readonly done: object;
  /** The payload when the mutation was done before, if it differs; null when it is rejected. */
  readonly doneAlready?: object | null;
  /** Expects the effect that users see. */
  readonly expectEffect?: () => Promise<void>;
}

const REFRESH = `mutation ($token: String!) {
  refreshSession(input: { refreshToken: $token }) { tokens { refreshToken } userErrors { code } }
}`;

const OK = { userErrors: [] };
const ACCEPTED = { accepted: true, userErrors: [] };
const TOKENS = { tokens: { refreshToken: expect.any(String) }, userErrors: [] };

/** Prepares each account mutation for a user who has just registered and logged in. */
export const accountCalls = (
  url: string,
  database: UsersDatabase,
  owner: string,
): Record<string, (user: Person) => Promise<Call>> => ({
  register: async () => {
    const email = freshEmail();
    return {
      query: `mutation ($email: String!) {
        register(input: { email: $email, password: "${PASSWORD}", displayName: "Ada" }) { accepted userErrors { code } }
      }`,
      options: { variables: { email } },
      done: ACCEPTED,
      expectEffect: async () => void (await logIn(url, email)),
    };
  },
  login: async ({ email, userId }) => ({
    query: `mutation ($email: String!) {
      login(input: { email: $email, password: "${PASSWORD}" }) { tokens { refreshToken } userErrors { code } }
    }`,
    options: { variables: { email } },
    done: TOKENS,
    expectEffect: async () => expect(await database.sessionsOf(userId)).toBeGreaterThan(1),
  }),
  refreshSession: async ({ refreshToken: token }) => ({
    query: REFRESH,
    options: { variables: { token } },
    done: TOKENS,
  }),
  logout: async ({ accessToken: token, refreshToken, userId }) => ({
    query: 'mutation { logout { revoked userErrors { code } } }',
    options: { token },
    done: { revoked: 1, userErrors: [] },
    // Once the gateway has read the revocation feed.
    doneAlready: null,
    expectEffect: async () => {
      expect(await database.sessionsOf(userId)).toBe(0);
      const { data } = await post(url, REFRESH, { variables: { token: refreshToken } });
      expect(data.refreshSession).toEqual({ tokens: null, userErrors: [{ code: 'INVALID_TOKEN' }] });
    },
  }),
  revokeSessions: async ({ email, userId }) => ({
    query: 'mutation { revokeSessions(input: { othersOnly: true }) { revoked userErrors { code } } }',
    options: { token: (await logIn(url, email)).accessToken },
    done: { revoked: 1, userErrors: [] },
    doneAlready: { revoked: 0, userErrors: [] },
    expectEffect: async () => expect(await database.sessionsOf(userId)).toBe(1),
  }),
  changePassword: async ({ email, accessToken: token }) => ({
    query: `mutation {
      changePassword(input: { currentPassword: "${PASSWORD}", newPassword: "${NEW_PASSWORD}" }) {
        tokens { refreshToken } userErrors { code }
      }
    }`,
    options: { token },
    done: TOKENS,
    expectEffect: async () => void (await logIn(url, email, NEW_PASSWORD)),
  }),
  requestPasswordReset: async ({ email }) => ({
    query: `mutation ($email: String!) {
      requestPasswordReset(input: { email: $email }) { accepted userErrors { code } }
    }`,
    options: { variables: { email } },
    done: ACCEPTED,
  }),
  resetPassword: async ({ email, userId }) => ({
    query: `mutation ($token: String!) {
      resetPassword(input: { token: $token, newPassword: "${NEW_PASSWORD}" }) { userErrors { code } }
    }`,
    options: { variables: { token: await database.mailToken(userId, 'RESET_PASSWORD') } },
    done: OK,
    expectEffect: async () => void (await logIn(url, email, NEW_PASSWORD)),
  }),
  verifyEmail: async ({ userId }) => ({
    query: 'mutation ($token: String!) { verifyEmail(input: { token: $token }) { userErrors { code } } }',
    options: { variables: { token: await database.mailToken(userId, 'VERIFY_EMAIL') } },
    done: OK,
    expectEffect: async () => {
      const [row] = await database.query('SELECT email_verified_at FROM users WHERE id = $1', [userId]);
      expect(row).toEqual({ email_verified_at: expect.any(Date) });
    },
  }),
  setUserRoles: async ({ userId: id }) => ({
    query: `mutation ($id: ID!) {
      setUserRoles(input: { userId: $id, roles: [READER] }) { user { roles } userErrors { code } }
    }`,
    options: { token: owner, variables: { id } },
    done: { user: { roles: ['READER'] }, userErrors: [] },
  }),
});
