import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AuthContext } from '@kit/auth';
import { rotateSigningKey } from '../keys/rotate-signing-key.js';
import { mailedToken } from '../testing/mailed-token.js';
import { NEW_PASSWORD } from '../testing/password-change.js';
import { ADA, BOB, join, joinAsOwner, logIn, refresh, register, type LoggedIn } from '../testing/people.js';
import { SIGNING_KEY_SECRET } from '../testing/running-users.js';
import { ageUsedTokens } from '../testing/age-used-tokens.js';
import { withUsers } from '../testing/with-users.js';
import type { AuditAction } from './audit-log.js';

const OWNER = { email: 'owner@example.com', password: 'walnut-otter-19', displayName: 'Owner' };
const OWNER_VARIABLES = { OWNER_EMAIL: OWNER.email, OWNER_PASSWORD: OWNER.password };

/** Makes every insert of such an entry fail. */
const breakAuditLog = (action: AuditAction) =>
  `ALTER TABLE audit_log ADD CONSTRAINT broken CHECK (action <> '${action}') NOT VALID`;

/** Makes every commit of a change to the table fail. */
const breakCommits = (table: string) => `
  CREATE FUNCTION reject_commit() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'no commit'; END $$;
  CREATE CONSTRAINT TRIGGER reject_commit AFTER INSERT OR UPDATE ON ${table}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION reject_commit()`;

describe('a change and its entry in the audit log', () => {
  const service = withUsers();
  let owner: LoggedIn;
  let ada: LoggedIn;
  let usedToken: string;
  let resetToken: string;
  let verificationToken: string;
  beforeEach(async () => {
    const { users } = service;
    owner = await joinAsOwner(users, OWNER);
    ada = await join(users, ADA);
    await logIn(users, ADA);
    usedToken = ada.tokens.refreshToken;
    const { tokens } = await refresh(users, usedToken);
    await refresh(users, tokens!.refreshToken);
    await ageUsedTokens(users.database, 10);
    resetToken = await mailedToken(users, ADA.email, 'RESET_PASSWORD');
    verificationToken = await mailedToken(users, ADA.email, 'VERIFY_EMAIL');
  });
  afterEach(async () => {
    await service.users.database.query('ALTER TABLE audit_log DROP CONSTRAINT IF EXISTS broken');
    await service.users.database.query('DROP FUNCTION IF EXISTS reject_commit CASCADE');
  });
  const mutate = (field: string, inputType: string, input: object, as?: AuthContext) =>
    service.users.ask(`mutation ($input: ${inputType}) { ${field}(input: $input) { userErrors { code } } }`, {
      variables: { input },
      ...(as && { as }),
    });
  const changes = {
    register: () => register(service.users, BOB),
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
        service.users.database.query(`SELECT to_jsonb(rows) AS row FROM ${table} AS rows ORDER BY 1`),
      ),
    );
  };

  const newestEntries = async () => {
    const entries = await service.users.database.query<{ action: string }[]>(
      'SELECT action FROM audit_log ORDER BY id DESC LIMIT 2',
    );
    return entries.map(({ action }) => action);
  };

  /** A change, an entry that it writes, and a table that it writes to. */
  const written: [change: keyof typeof changes, action: AuditAction, table: string][] = [
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

  test.each(written)('of %s: neither is written if writing the entry %s fails', async (change, action) => {
    const before = await state();
    await service.users.database.query(breakAuditLog(action));
    const { errors } = await changes[change]();
    expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
    expect(await state()).toEqual(before);

    await service.users.database.query('ALTER TABLE audit_log DROP CONSTRAINT broken');
    expect((await changes[change]()).errors).toBeUndefined();
    expect(await newestEntries()).toContain(action);
  });

  test.each(written)('of %s: neither is written if committing fails after %s', async (change, _, table) => {
    const before = await state();
    await service.users.database.query(breakCommits(table));
    const { errors } = await changes[change]();
    expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
    expect(await state()).toEqual(before);
  });

  test.each([
    ['if writing the entry fails', breakAuditLog('SIGNING_KEY_ROTATED')],
    ['if committing fails', breakCommits('signing_keys')],
  ])('of the rotation of signing keys: neither is written %s', async (_, fault) => {
    const rotation = { leadMs: 60_000, secret: SIGNING_KEY_SECRET, previousSecrets: [] };
    const before = await state();
    await service.users.database.query(fault);
    await expect(rotateSigningKey(service.users.database, rotation)).rejects.toThrow();
    expect(await state()).toEqual(before);
  });

  test.each([
    ['if writing the entry fails', breakAuditLog('OWNER_CREATED')],
    ['if committing fails', breakCommits('users')],
  ])('of the first owner: neither is written %s', async (_, fault) => {
    await service.users.database.query('DELETE FROM users WHERE $1 = ANY (roles)', ['OWNER']);
    const before = await state();
    await service.users.database.query(fault);
    await expect(service.startReplica(OWNER_VARIABLES)).rejects.toThrow();
    expect(await state()).toEqual(before);
  });
});
