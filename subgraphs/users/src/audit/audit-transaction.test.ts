import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AuthContext } from '@supergraph/auth-context/auth-context';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { rotateSigningKey } from '../keys/rotate-signing-key.js';
import { mailedToken } from '../testing/mailed-token.js';
import { NEW_PASSWORD } from '../testing/password-change.js';
import { ADA, BOB, join, logIn, refresh, register, type LoggedIn } from '../testing/people.js';
import { runUsers, SIGNING_KEY_SECRET, type RunningUsers } from '../testing/running-users.js';
import { turnBack } from '../testing/turn-back.js';
import type { AuditAction } from './audit-log.js';

const OWNER = { email: 'owner@example.com', password: 'walnut-otter-19', displayName: 'Owner' };
const OWNER_VARIABLES = { OWNER_EMAIL: OWNER.email, OWNER_PASSWORD: OWNER.password };

/** Nobody can write this down. */
const breakAuditLog = (action: AuditAction) =>
  `ALTER TABLE audit_log ADD CONSTRAINT broken CHECK (action <> '${action}') NOT VALID`;

/** Whoever has changed the table cannot commit. */
const breakCommits = (table: string) => `
  CREATE FUNCTION refuse_to_commit() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'no commit'; END $$;
  CREATE CONSTRAINT TRIGGER refuse_to_commit AFTER INSERT OR UPDATE ON ${table}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_to_commit()`;

describe('a change and its line in the audit log', () => {
  let testDatabase: TestDatabase;
  let users: RunningUsers;
  let owner: LoggedIn;
  let ada: LoggedIn;
  let usedToken: string;
  let resetToken: string;
  let verificationToken: string;
  beforeEach(async () => {
    testDatabase = await createTestDatabase('users');
    users = await runUsers(testDatabase.url, OWNER_VARIABLES);
    owner = await logIn(users, OWNER);
    ada = await join(users, ADA);
    await logIn(users, ADA);
    usedToken = ada.tokens.refreshToken;
    const { tokens } = await refresh(users, usedToken);
    await refresh(users, tokens!.refreshToken);
    await turnBack(users.database, 10);
    resetToken = await mailedToken(users, ADA.email, 'RESET_PASSWORD');
    verificationToken = await mailedToken(users, ADA.email, 'VERIFY_EMAIL');
  });
  afterEach(async () => {
    await users?.close();
    await testDatabase?.drop();
  });
  const mutate = (field: string, inputType: string, input: object, as?: AuthContext) =>
    users.ask(`mutation ($input: ${inputType}) { ${field}(input: $input) { userErrors { code } } }`, {
      variables: { input },
      ...(as && { as }),
    });
  const changes = {
    register: () => register(users, BOB),
    login: () => mutate('login', 'LoginInput!', { email: ADA.email, password: ADA.password }),
    refreshSession: () => mutate('refreshSession', 'RefreshSessionInput!', { refreshToken: usedToken }),
    logout: () => mutate('logout', 'LogoutInput', {}, ada.auth),
    revokeSessions: () => mutate('revokeSessions', 'RevokeSessionsInput!', { othersOnly: true }, ada.auth),
    changePassword: () => {
      const input = { currentPassword: ADA.password, newPassword: NEW_PASSWORD, revokeOtherSessions: true };
      return mutate('changePassword', 'ChangePasswordInput!', input, ada.auth);
    },
    requestPasswordReset: () =>
      mutate('requestPasswordReset', 'RequestPasswordResetInput!', { email: ADA.email }),
    resetPassword: () => {
      const input = { token: resetToken, newPassword: NEW_PASSWORD };
      return mutate('resetPassword', 'ResetPasswordInput!', input);
    },
    verifyEmail: () => mutate('verifyEmail', 'VerifyEmailInput!', { token: verificationToken }),
    setUserRoles: () => {
      const input = { userId: ada.auth.viewer.userId, roles: ['ADMIN'] };
      return mutate('setUserRoles', 'SetUserRolesInput!', input, owner.auth);
    },
  };
  const state = async () => {
    const tables = ['users', 'sessions', 'email_tokens', 'mail_jobs', 'signing_keys', 'audit_log'];
    return Promise.all(
      tables.map((table) =>
        users.database.query(`SELECT to_jsonb(rows) AS row FROM ${table} AS rows ORDER BY 1`),
      ),
    );
  };

  const newestLines = async () => {
    const lines = await users.database.query<{ action: string }[]>(
      'SELECT action FROM audit_log ORDER BY id DESC LIMIT 2',
    );
    return lines.map(({ action }) => action);
  };

  /** A change, a line that it leaves, and a table that it writes to. */
  const written: [change: keyof typeof changes, line: AuditAction, table: string][] = [
    ['register', 'ACCOUNT_REGISTERED', 'users'],
    ['login', 'LOGIN_SUCCEEDED', 'sessions'],
    ['refreshSession', 'TOKEN_REUSED', 'sessions'],
    ['logout', 'SESSIONS_ENDED', 'sessions'],
    ['revokeSessions', 'SESSIONS_ENDED', 'sessions'],
    ['changePassword', 'PASSWORD_CHANGED', 'users'],
    ['changePassword', 'SESSIONS_ENDED', 'sessions'],
    ['requestPasswordReset', 'PASSWORD_RESET_REQUESTED', 'mail_jobs'],
    ['resetPassword', 'PASSWORD_RESET', 'users'],
    ['resetPassword', 'SESSIONS_ENDED', 'sessions'],
    ['verifyEmail', 'EMAIL_VERIFIED', 'users'],
    ['setUserRoles', 'ROLES_SET', 'users'],
  ];

  test.each(written)('of %s: no change without %s', async (change, line) => {
    const before = await state();
    await users.database.query(breakAuditLog(line));
    const { errors } = await changes[change]();
    expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
    expect(await state()).toEqual(before);

    await users.database.query('ALTER TABLE audit_log DROP CONSTRAINT broken');
    expect((await changes[change]()).errors).toBeUndefined();
    expect(await newestLines()).toContain(line);
  });

  test.each(written)('of %s: no %s without the change', async (change, _, table) => {
    const before = await state();
    await users.database.query(breakCommits(table));
    const { errors } = await changes[change]();
    expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
    expect(await state()).toEqual(before);
  });

  test.each([
    ['no key without the line', breakAuditLog('SIGNING_KEY_ROTATED')],
    ['no line without the key', breakCommits('signing_keys')],
  ])('of the rotation of signing keys: %s', async (_, fault) => {
    const rotation = { leadMs: 60_000, secret: SIGNING_KEY_SECRET, previousSecrets: [] };
    const before = await state();
    await users.database.query(fault);
    await expect(rotateSigningKey(users.database, rotation)).rejects.toThrow();
    expect(await state()).toEqual(before);
  });

  test.each([
    ['no owner without the line', breakAuditLog('OWNER_CREATED')],
    ['no line without the owner', breakCommits('users')],
  ])('of the first owner: %s', async (_, fault) => {
    await users.database.query('DELETE FROM users WHERE $1 = ANY (roles)', ['OWNER']);
    const before = await state();
    await users.database.query(fault);
    await expect(runUsers(testDatabase.url, OWNER_VARIABLES)).rejects.toThrow();
    expect(await state()).toEqual(before);
  });
});
