import { expect } from '@jest/globals';
import { post, type GraphQLResponse } from '../harness/http.js';
import { freshEmail, logIn, PASSWORD, type Person } from '../harness/people.js';
import type { UsersDatabase } from './users-database.js';

const NEW_PASSWORD = 'an entirely new password';

/** A mutation as somebody is about to send it. */
export interface Call {
  readonly send: () => Promise<GraphQLResponse>;
  /** What its field answers when it is done for the first time. */
  readonly done: object;
  /** What the same call answers when it was done already, though nobody has heard of it; null is a refusal. */
  readonly doneAlready: object | null;
  /** That it is done, as users see it. */
  readonly expectEffect: () => Promise<void>;
}

const REGISTER = `mutation ($email: String!) {
  register(input: { email: $email, password: "${PASSWORD}", displayName: "Ada" }) { accepted userErrors { code } }
}`;
const LOGIN = `mutation ($email: String!) {
  login(input: { email: $email, password: "${PASSWORD}" }) { tokens { refreshToken } userErrors { code } }
}`;
const REFRESH = `mutation ($token: String!) {
  refreshSession(input: { refreshToken: $token }) { tokens { refreshToken } userErrors { code } }
}`;
const LOGOUT = 'mutation { logout { revoked userErrors { code } } }';
const REVOKE = 'mutation { revokeSessions(input: { othersOnly: true }) { revoked userErrors { code } } }';
const CHANGE_PASSWORD = `mutation {
  changePassword(input: { currentPassword: "${PASSWORD}", newPassword: "${NEW_PASSWORD}" }) {
    tokens { refreshToken } userErrors { code }
  }
}`;
const REQUEST_RESET = `mutation ($email: String!) {
  requestPasswordReset(input: { email: $email }) { accepted userErrors { code } }
}`;
const RESET = `mutation ($token: String!) {
  resetPassword(input: { token: $token, newPassword: "${NEW_PASSWORD}" }) { userErrors { code } }
}`;
const VERIFY = 'mutation ($token: String!) { verifyEmail(input: { token: $token }) { userErrors { code } } }';
const SET_ROLES = `mutation ($id: ID!) {
  setUserRoles(input: { userId: $id, roles: [READER] }) { user { roles } userErrors { code } }
}`;

const TOKENS = { tokens: { refreshToken: expect.any(String) }, userErrors: [] };

/** Each mutation of accounts, about to be sent by somebody who has just registered and logged in. */
export const accountCalls = (
  url: string,
  database: UsersDatabase,
  owner: string,
): Record<string, (ada: Person) => Promise<Call>> => ({
  register: async () => {
    const email = freshEmail();
    const accepted = { accepted: true, userErrors: [] };
    return {
      send: () => post(url, REGISTER, { variables: { email } }),
      done: accepted,
      doneAlready: accepted,
      expectEffect: async () => void (await logIn(url, email)),
    };
  },
  login: async ({ email, userId }) => ({
    send: () => post(url, LOGIN, { variables: { email } }),
    done: TOKENS,
    doneAlready: TOKENS,
    expectEffect: async () => expect(await database.sessionsOf(userId)).toBeGreaterThan(1),
  }),
  refreshSession: async ({ refreshToken }) => ({
    send: () => post(url, REFRESH, { variables: { token: refreshToken } }),
    done: TOKENS,
    doneAlready: TOKENS,
    expectEffect: async () => {},
  }),
  logout: async ({ accessToken: token, refreshToken, userId }) => ({
    send: () => post(url, LOGOUT, { token }),
    done: { revoked: 1, userErrors: [] },
    // As soon as the gateway has heard that the session is over.
    doneAlready: null,
    expectEffect: async () => {
      expect(await database.sessionsOf(userId)).toBe(0);
      const { data } = await post(url, REFRESH, { variables: { token: refreshToken } });
      expect(data.refreshSession).toEqual({ tokens: null, userErrors: [{ code: 'INVALID_TOKEN' }] });
    },
  }),
  revokeSessions: async ({ email, userId }) => {
    const { accessToken: token } = await logIn(url, email);
    return {
      send: () => post(url, REVOKE, { token }),
      done: { revoked: 1, userErrors: [] },
      doneAlready: { revoked: 0, userErrors: [] },
      expectEffect: async () => expect(await database.sessionsOf(userId)).toBe(1),
    };
  },
  changePassword: async ({ email, accessToken: token }) => ({
    send: () => post(url, CHANGE_PASSWORD, { token }),
    done: TOKENS,
    doneAlready: TOKENS,
    expectEffect: async () => void (await logIn(url, email, NEW_PASSWORD)),
  }),
  requestPasswordReset: async ({ email }) => {
    const accepted = { accepted: true, userErrors: [] };
    return {
      send: () => post(url, REQUEST_RESET, { variables: { email } }),
      done: accepted,
      doneAlready: accepted,
      expectEffect: async () => {},
    };
  },
  resetPassword: async ({ email, userId }) => {
    const token = await database.mailToken(userId, 'RESET_PASSWORD');
    return {
      send: () => post(url, RESET, { variables: { token } }),
      done: { userErrors: [] },
      doneAlready: { userErrors: [] },
      expectEffect: async () => void (await logIn(url, email, NEW_PASSWORD)),
    };
  },
  verifyEmail: async ({ userId }) => {
    const token = await database.mailToken(userId, 'VERIFY_EMAIL');
    return {
      send: () => post(url, VERIFY, { variables: { token } }),
      done: { userErrors: [] },
      doneAlready: { userErrors: [] },
      expectEffect: async () => {
        const [row] = await database.query('SELECT email_verified_at FROM users WHERE id = $1', [userId]);
        expect(row).toEqual({ email_verified_at: expect.any(Date) });
      },
    };
  },
  setUserRoles: async ({ userId: id }) => {
    const isReader = { user: { roles: ['READER'] }, userErrors: [] };
    return {
      send: () => post(url, SET_ROLES, { token: owner, variables: { id } }),
      done: isReader,
      doneAlready: isReader,
      expectEffect: async () => {},
    };
  },
});
