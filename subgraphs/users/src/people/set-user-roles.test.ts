import { newId } from '@kit/database';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { AuthContext } from '@kit/auth';
import { meetAtWrite } from '../testing/meet-at-write.js';
import { ADA, authOf, BOB, join, joinAsOwner, logIn, type LoggedIn } from '../testing/people.js';
import { withUsers } from '../testing/with-users.js';

const OWNER = { email: 'owner@example.com', password: 'walnut-otter-19', displayName: 'Owner' };

interface Outcome {
  readonly setUserRoles: {
    readonly user: { readonly id: string; readonly roles: string[] } | null;
    readonly userErrors: { readonly code: string; readonly field: string[] | null }[];
  } | null;
}

describe('setUserRoles', () => {
  const service = withUsers();
  let owner: LoggedIn;
  let ada: LoggedIn;
  beforeEach(async () => {
    owner = await joinAsOwner(service.users, OWNER);
    ada = await join(service.users, ADA);
  });
  const setRoles = (userId: string, roles: string[], as: AuthContext = owner.auth) =>
    service.users.ask<Outcome>(
      `mutation ($input: SetUserRolesInput!) {
        setUserRoles(input: $input) { user { id roles } userErrors { code field } }
      }`,
      { as, variables: { input: { userId, roles } } },
    );
  const idOf = ({ auth }: LoggedIn) => auth.viewer.userId;
  const rolesOf = async (person: LoggedIn) => {
    const rows = await service.users.database.query<{ roles: string[] }[]>(
      'SELECT roles FROM users WHERE id = $1',
      [idOf(person)],
    );
    return rows[0]?.roles;
  };
  const audited = () =>
    service.users.database.query<object[]>("SELECT * FROM audit_log WHERE action = 'ROLES_SET' ORDER BY id");
  const done = (person: LoggedIn, roles: string[]) => ({
    status: 200,
    data: { setUserRoles: { user: { id: idOf(person), roles }, userErrors: [] } },
  });
  const rejected = (code: string, field: string) => ({
    status: 200,
    data: { setUserRoles: { user: null, userErrors: [{ code, field: ['input', field] }] } },
  });

  test('replaces the roles, without duplicates and in a fixed order', async () => {
    expect(await setRoles(idOf(ada), ['READER', 'ADMIN', 'READER'])).toEqual(done(ada, ['ADMIN', 'READER']));
    expect(await rolesOf(ada)).toEqual(['ADMIN', 'READER']);
    expect(await setRoles(idOf(ada).toUpperCase(), ['READER'])).toEqual(done(ada, ['READER']));
  });

  test('takes effect with the next access token', async () => {
    await setRoles(idOf(ada), ['READER']);
    const { data } = await service.users.ask<{ refreshSession: { tokens: { accessToken: string } } }>(
      `mutation ($input: RefreshSessionInput!) {
        refreshSession(input: $input) { tokens { accessToken } }
      }`,
      { variables: { input: { refreshToken: ada.tokens.refreshToken } } },
    );
    const { scopes } = await authOf(service.users, data!.refreshSession.tokens.accessToken);
    expect([...ada.auth.scopes]).toContain('subscribers:write');
    expect([...scopes]).toEqual(['users:read', 'subscribers:read']);
  });

  test('writes one audit entry for each change, with the roles before and after', async () => {
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

  test('rejects an unknown user id', async () => {
    for (const userId of [newId(), 'ada', '', '\0']) {
      expect(await setRoles(userId, ['READER'])).toEqual(rejected('INVALID_INPUT', 'userId'));
    }
    expect(await audited()).toEqual([]);
  });

  test('removes all roles with an empty list', async () => {
    expect(await setRoles(idOf(ada), [])).toEqual(done(ada, []));
    expect(await rolesOf(ada)).toEqual([]);
    expect(await audited()).toMatchObject([{ detail: { before: ['EDITOR'], after: [] } }]);
    expect([...(await logIn(service.users, ADA)).auth.scopes]).toEqual([]);
    expect(await setRoles(idOf(ada), ['READER'])).toEqual(done(ada, ['READER']));
  });

  test('is allowed only for owners', async () => {
    const admin = { ...ada.auth, scopes: new Set(['users:read', 'subscribers:write']) };
    for (const [as, code] of [
      [admin, 'FORBIDDEN'],
      [{ viewer: null, scopes: new Set<string>() }, 'UNAUTHENTICATED'],
      // A shared subscription has scopes but no user, and an audit entry needs an actor.
      [{ viewer: null, scopes: new Set(['users:admin']) }, 'FORBIDDEN'],
    ] as const) {
      const { data, errors } = await setRoles(idOf(ada), ['OWNER'], as);
      expect(data).toEqual({ setUserRoles: null });
      expect(errors).toEqual([expect.objectContaining({ extensions: expect.objectContaining({ code }) })]);
    }
    expect(await rolesOf(ada)).toEqual(['EDITOR']);
  });

  test('rejects a caller whose session has been revoked', async () => {
    const thief = await logIn(service.users, OWNER);
    await service.users.ask('mutation { revokeSessions(input: { othersOnly: true }) { revoked } }', {
      as: owner.auth,
    });
    const { data, errors } = await setRoles(idOf(ada), ['OWNER'], thief.auth);
    expect(data).toEqual({ setUserRoles: null });
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    expect(await rolesOf(ada)).toEqual(['EDITOR']);
  });

  test('rejects removing the last owner', async () => {
    for (const roles of [['ADMIN', 'EDITOR'], []]) {
      expect(await setRoles(idOf(owner), roles)).toEqual(rejected('LAST_OWNER', 'roles'));
    }
    expect(await rolesOf(owner)).toEqual(['OWNER']);
    expect(await setRoles(idOf(owner), ['OWNER', 'READER'])).toEqual(done(owner, ['OWNER', 'READER']));
    await setRoles(idOf(ada), ['OWNER']);
    expect(await setRoles(idOf(owner), ['READER'])).toEqual(done(owner, ['READER']));
  });

  test('rejects an owner who has just lost the role, even with an older access token', async () => {
    await setRoles(idOf(ada), ['OWNER']);
    const adaAsOwner = await logIn(service.users, ADA);
    await setRoles(idOf(ada), ['READER']);
    const { data, errors } = await setRoles(idOf(ada), ['OWNER'], adaAsOwner.auth);
    expect(data).toEqual({ setUserRoles: null });
    expect(errors).toMatchObject([
      { message: 'You are no longer allowed to change roles.', extensions: { code: 'FORBIDDEN' } },
    ]);
    expect(await rolesOf(ada)).toEqual(['READER']);
  });

  test('lets only one of two owners demote the other at the same moment', async () => {
    await setRoles(idOf(ada), ['OWNER']);
    const adaAsOwner = await logIn(service.users, ADA);
    await meetAtWrite(service.users.database, 'users', [
      () => setRoles(idOf(ada), ['READER'], owner.auth),
      () => setRoles(idOf(owner), ['READER'], adaAsOwner.auth),
    ]);
    expect([String(await rolesOf(owner)), String(await rolesOf(ada))].toSorted()).toEqual([
      'OWNER',
      'READER',
    ]);
    expect(await audited()).toHaveLength(2);
  });

  test('keeps one of two owners who resign at the same moment', async () => {
    await setRoles(idOf(ada), ['OWNER']);
    const adaAsOwner = await logIn(service.users, ADA);
    const answers = await meetAtWrite(service.users.database, 'users', [
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

  test('does not change other users', async () => {
    const bob = await join(service.users, BOB);
    await setRoles(idOf(ada), ['ADMIN']);
    expect(await rolesOf(bob)).toEqual(['EDITOR']);
  });
});
