import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AuthContext } from '@supergraph/auth-context/auth-context';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { v7 as uuid } from 'uuid';
import { meetAtWrite } from '../testing/meet-at-write.js';
import { ADA, authOf, BOB, join, logIn, type LoggedIn } from '../testing/people.js';
import { runUsers, type RunningUsers } from '../testing/running-users.js';

const OWNER = { email: 'owner@example.com', password: 'walnut-otter-19', displayName: 'Owner' };

interface Outcome {
  readonly setUserRoles: {
    readonly user: { readonly id: string; readonly roles: string[] } | null;
    readonly userErrors: { readonly code: string; readonly field: string[] | null }[];
  } | null;
}

describe('giving roles', () => {
  let testDatabase: TestDatabase;
  let users: RunningUsers;
  let owner: LoggedIn;
  let ada: LoggedIn;
  beforeEach(async () => {
    testDatabase = await createTestDatabase('users');
    users = await runUsers(testDatabase.url, {
      OWNER_EMAIL: OWNER.email,
      OWNER_PASSWORD: OWNER.password,
    });
    owner = await logIn(users, OWNER);
    ada = await join(users, ADA);
  });
  afterEach(async () => {
    await users?.close();
    await testDatabase?.drop();
  });
  const setRoles = (userId: string, roles: string[], as: AuthContext = owner.auth) =>
    users.ask<Outcome>(
      `mutation ($input: SetUserRolesInput!) {
        setUserRoles(input: $input) { user { id roles } userErrors { code field } }
      }`,
      { as, variables: { input: { userId, roles } } },
    );
  const idOf = ({ auth }: LoggedIn) => auth.viewer.userId;
  const rolesOf = async (person: LoggedIn) => {
    const rows = await users.database.query<{ roles: string[] }[]>('SELECT roles FROM users WHERE id = $1', [
      idOf(person),
    ]);
    return rows[0]?.roles;
  };
  const audited = () =>
    users.database.query<object[]>("SELECT * FROM audit_log WHERE action = 'ROLES_SET' ORDER BY id");
  const done = (person: LoggedIn, roles: string[]) => ({
    status: 200,
    data: { setUserRoles: { user: { id: idOf(person), roles }, userErrors: [] } },
  });
  const refused = (code: string, field: string) => ({
    status: 200,
    data: { setUserRoles: { user: null, userErrors: [{ code, field: ['input', field] }] } },
  });

  test('replaces those that somebody has, each once, in one order whatever was said', async () => {
    expect(await setRoles(idOf(ada), ['READER', 'ADMIN', 'READER'])).toEqual(done(ada, ['ADMIN', 'READER']));
    expect(await rolesOf(ada)).toEqual(['ADMIN', 'READER']);
    expect(await setRoles(idOf(ada).toUpperCase(), ['READER'])).toEqual(done(ada, ['READER']));
  });

  test('takes effect with the next access token', async () => {
    await setRoles(idOf(ada), ['READER']);
    const { data } = await users.ask<{ refreshSession: { tokens: { accessToken: string } } }>(
      `mutation ($input: RefreshSessionInput!) {
        refreshSession(input: $input) { tokens { accessToken } }
      }`,
      { variables: { input: { refreshToken: ada.tokens.refreshToken } } },
    );
    const { scopes } = await authOf(users, data!.refreshSession.tokens.accessToken);
    expect([...ada.auth.scopes]).toContain('subscribers:write');
    expect([...scopes]).toEqual(['users:read', 'subscribers:read']);
  });

  test('is written down, with what was before and after, once for each change', async () => {
    await setRoles(idOf(ada), ['ADMIN']);
    await setRoles(idOf(ada), ['ADMIN', 'ADMIN']);
    expect(await audited()).toEqual([
      expect.objectContaining({
        actor_id: idOf(owner),
        session_id: owner.auth.viewer.sessionId,
        subject_id: idOf(ada),
        detail: { before: ['EDITOR'], after: ['ADMIN'] },
      }),
    ]);
  });

  test('of an account that there is not is refused by name', async () => {
    for (const userId of [uuid(), 'ada', '', '\0']) {
      expect(await setRoles(userId, ['READER'])).toEqual(refused('INVALID_INPUT', 'userId'));
    }
    expect(await audited()).toEqual([]);
  });

  test('takes all roles away with an empty list', async () => {
    expect(await setRoles(idOf(ada), [])).toEqual(done(ada, []));
    expect(await rolesOf(ada)).toEqual([]);
    expect(await audited()).toMatchObject([{ detail: { before: ['EDITOR'], after: [] } }]);
    expect([...(await logIn(users, ADA)).auth.scopes]).toEqual([]);
    expect(await setRoles(idOf(ada), ['READER'])).toEqual(done(ada, ['READER']));
  });

  test('is for owners alone', async () => {
    const admin = { ...ada.auth, scopes: new Set(['users:read', 'subscribers:write']) };
    for (const [as, code] of [
      [admin, 'FORBIDDEN'],
      [{ viewer: null, scopes: new Set<string>() }, 'UNAUTHENTICATED'],
      // A room acts for scopes, and nobody can be asked about it later.
      [{ viewer: null, scopes: new Set(['users:admin']) }, 'FORBIDDEN'],
    ] as const) {
      const { data, errors } = await setRoles(idOf(ada), ['OWNER'], as);
      expect(data).toEqual({ setUserRoles: null });
      expect(errors).toEqual([expect.objectContaining({ extensions: expect.objectContaining({ code }) })]);
    }
    expect(await rolesOf(ada)).toEqual(['EDITOR']);
  });

  test('needs a session that is alive: who was thrown out makes nobody an owner', async () => {
    const thief = await logIn(users, OWNER);
    await users.ask('mutation { revokeSessions(input: { othersOnly: true }) { revoked } }', {
      as: owner.auth,
    });
    const { data, errors } = await setRoles(idOf(ada), ['OWNER'], thief.auth);
    expect(data).toEqual({ setUserRoles: null });
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    expect(await rolesOf(ada)).toEqual(['EDITOR']);
  });

  test('cannot leave the system without an owner', async () => {
    for (const roles of [['ADMIN', 'EDITOR'], []]) {
      expect(await setRoles(idOf(owner), roles)).toEqual(refused('LAST_OWNER', 'roles'));
    }
    expect(await rolesOf(owner)).toEqual(['OWNER']);
    expect(await setRoles(idOf(owner), ['OWNER', 'READER'])).toEqual(done(owner, ['OWNER', 'READER']));
    await setRoles(idOf(ada), ['OWNER']);
    expect(await setRoles(idOf(owner), ['READER'])).toEqual(done(owner, ['READER']));
  });

  test('cannot be undone by who has just lost the right to', async () => {
    await setRoles(idOf(ada), ['OWNER']);
    const adaAsOwner = await logIn(users, ADA);
    await setRoles(idOf(ada), ['READER']);
    const { data, errors } = await setRoles(idOf(ada), ['OWNER'], adaAsOwner.auth);
    expect(data).toEqual({ setUserRoles: null });
    expect(errors).toMatchObject([
      { message: 'You are no longer allowed to change roles.', extensions: { code: 'FORBIDDEN' } },
    ]);
    expect(await rolesOf(ada)).toEqual(['READER']);
  });

  test('lets one of two owners win who demote each other at the same moment', async () => {
    await setRoles(idOf(ada), ['OWNER']);
    const adaAsOwner = await logIn(users, ADA);
    await meetAtWrite(users.database, 'users', [
      () => setRoles(idOf(ada), ['READER'], owner.auth),
      () => setRoles(idOf(owner), ['READER'], adaAsOwner.auth),
    ]);
    expect([String(await rolesOf(owner)), String(await rolesOf(ada))].toSorted()).toEqual([
      'OWNER',
      'READER',
    ]);
    expect(await audited()).toHaveLength(2);
  });

  test('lets one of two owners stay who resign at the same moment', async () => {
    await setRoles(idOf(ada), ['OWNER']);
    const adaAsOwner = await logIn(users, ADA);
    const answers = await meetAtWrite(users.database, 'users', [
      () => setRoles(idOf(owner), ['READER'], owner.auth),
      () => setRoles(idOf(ada), ['READER'], adaAsOwner.auth),
    ]);
    const codes = answers.flatMap(({ data }) => data!.setUserRoles!.userErrors.map(({ code }) => code));
    expect(codes).toEqual(['LAST_OWNER']);
    expect([String(await rolesOf(owner)), String(await rolesOf(ada))].toSorted()).toEqual([
      'OWNER',
      'READER',
    ]);
  });

  test('concerns nobody else', async () => {
    const bob = await join(users, BOB);
    await setRoles(idOf(ada), ['ADMIN']);
    expect(await rolesOf(bob)).toEqual(['EDITOR']);
  });
});
