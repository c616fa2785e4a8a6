import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, beforeEach } from '@jest/globals';
import type { AuthContext } from '@kit/auth';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { ADA, BOB, join, logIn, register, type LoggedIn, canLogIn, refresh } from '../testing/people.js';
import { runUsers, type RunningUsers, gatewayHeaders } from '../testing/running-users.js';
import { readFileSync } from 'node:fs';
import { repositoryRoot } from '@supergraph/tools/repository';
import { resetPassword } from '../testing/mail.js';
import { mailedToken } from '../testing/mailed-token.js';
import { withUsers } from '../testing/with-users.js';

describe('revoking sessions', () => {
  let testDatabase: TestDatabase;
  let users: RunningUsers;
  beforeAll(async () => {
    testDatabase = await createTestDatabase('users');
    users = await runUsers(testDatabase.url);
    await register(users, ADA);
  });
  afterAll(async () => {
    await users?.close();
    await testDatabase?.drop();
  });
  const revoke = (as: AuthContext | undefined, input: object) =>
    users.ask(
      `mutation ($input: RevokeSessionsInput!) {
        revokeSessions(input: $input) { revoked userErrors { code field } }
      }`,
      { variables: { input }, ...(as && { as }) },
    );
  const revoked = (count: number) => ({
    status: 200,
    data: { revokeSessions: { revoked: count, userErrors: [] } },
  });
  const areLoggedIn = (...people: LoggedIn[]) =>
    Promise.all(
      people.map(async ({ auth }) => {
        const { data } = await users.ask<{ viewer: object | null }>('{ viewer { email } }', { as: auth });
        return data!.viewer !== null;
      }),
    );
  const idOf = ({ auth }: LoggedIn) => auth.viewer.sessionId;

  test('by id revokes these and no others', async () => {
    const [here, lost, there] = [await logIn(users, ADA), await logIn(users, ADA), await logIn(users, ADA)];
    expect(await revoke(here.auth, { ids: [idOf(lost)] })).toEqual(revoked(1));
    expect(await areLoggedIn(here, lost, there)).toEqual([true, false, true]);
    expect(await revoke(here.auth, { ids: [idOf(lost), idOf(there).toUpperCase(), idOf(here)] })).toEqual(
      revoked(2),
    );
    expect(await areLoggedIn(here, there)).toEqual([false, false]);
  });

  test('with othersOnly keeps the current one', async () => {
    const [here, one, another] = [await logIn(users, ADA), await logIn(users, ADA), await logIn(users, ADA)];
    expect(await revoke(here.auth, { othersOnly: true })).toEqual(revoked(2));
    expect(await areLoggedIn(here, one, another)).toEqual([true, false, false]);
    expect(await revoke(here.auth, { othersOnly: true })).toEqual(revoked(0));
  });

  test('ignores ids that are not sessions of the viewer', async () => {
    const [ada, bob] = [await logIn(users, ADA), await join(users, BOB)];
    const ids = [idOf(bob), '019a0000-0000-7000-8000-000000000001', 'guess', ''];
    expect(await revoke(ada.auth, { ids })).toEqual(revoked(0));
    expect(await revoke(ada.auth, { ids: [] })).toEqual(revoked(0));
    expect(await areLoggedIn(ada, bob)).toEqual([true, true]);
  });

  test.each([
    ['neither ids nor othersOnly', {}, 'ids'],
    ['neither, explicitly', { ids: null, othersOnly: false }, 'ids'],
    ['both', { ids: [], othersOnly: true }, 'othersOnly'],
    ['too many ids', { ids: Array.from({ length: 101 }, String) }, 'ids'],
  ])('with %s revokes nothing and names the field', async (_, input, field) => {
    const { auth } = await logIn(users, ADA);
    expect(await revoke(auth, input)).toEqual({
      status: 200,
      data: {
        revokeSessions: { revoked: 0, userErrors: [{ code: 'INVALID_INPUT', field: ['input', field] }] },
      },
    });
  });

  test('is audited with the sessions and the origin, unless none was revoked', async () => {
    const person = { ...BOB, email: 'audited@example.com' };
    const here = await join(users, person);
    const there = await logIn(users, person);
    const origin = { ip: '192.0.2.4', userAgent: 'a browser' };
    await revoke({ ...here.auth, origin }, { othersOnly: true });
    await revoke({ ...here.auth, origin }, { othersOnly: true });
    const { userId, sessionId } = here.auth.viewer;
    const written = await users.database.query(
      `SELECT actor_id, session_id, subject_id, ip, user_agent, detail FROM audit_log
        WHERE action = 'SESSIONS_ENDED' AND subject_id = $1`,
      [userId],
    );
    expect(written).toEqual([
      {
        actor_id: userId,
        session_id: sessionId,
        subject_id: userId,
        ip: origin.ip,
        user_agent: origin.userAgent,
        detail: { count: 1, sessionIds: [idOf(there)] },
      },
    ]);
  });

  test('is audited with the number of sessions, and the first hundred of them', async () => {
    const person = { ...BOB, email: 'everywhere@example.com' };
    const { auth } = await join(users, person);
    const { userId, sessionId } = auth.viewer;
    const others = await users.database.query<{ id: string }[]>(
      `INSERT INTO sessions (id, user_id, generation, seed, created_at, last_used_at, expires_at)
       SELECT gen_random_uuid(), user_id, generation, seed, created_at, last_used_at, expires_at
         FROM sessions, generate_series(1, 120) WHERE id = $1
       RETURNING id`,
      [sessionId],
    );
    expect(await revoke(auth, { othersOnly: true })).toEqual(revoked(120));
    const sessionIds = others.map(({ id }) => id).toSorted();
    expect(
      await users.database.query(
        "SELECT detail FROM audit_log WHERE action = 'SESSIONS_ENDED' AND subject_id = $1",
        [userId],
      ),
    ).toEqual([{ detail: { count: 120, sessionIds: sessionIds.slice(0, 100) } }]);
  });

  test('requires an active session', async () => {
    const [thief, owner] = [await logIn(users, ADA), await logIn(users, ADA)];
    await revoke(owner.auth, { ids: [idOf(thief)] });
    for (const as of [thief.auth, undefined]) {
      const { data, errors } = await revoke(as, { ids: [idOf(owner)] });
      expect(data).toEqual({ revokeSessions: null });
      expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    }
    expect(await areLoggedIn(owner)).toEqual([true]);
  });

  test('from several devices at once keeps the first one, without a deadlock', async () => {
    const person = { ...BOB, email: 'devices@example.com' };
    await register(users, person);
    for (let round = 0; round < 5; round++) {
      const devices = await Promise.all(Array.from({ length: 4 }, () => logIn(users, person)));
      const responses = await Promise.all(devices.map(({ auth }) => revoke(auth, { othersOnly: true })));
      const codes = responses.flatMap(({ errors }) => errors?.map(({ extensions }) => extensions.code) ?? []);
      expect(codes.filter((code) => code !== 'UNAUTHENTICATED')).toEqual([]);
      expect(responses.length - codes.length).toBe(1);
      expect((await areLoggedIn(...devices)).filter(Boolean)).toHaveLength(1);
    }
  });
});

const EVE = { ...ADA, email: 'eve@example.com' };

const operators = readFileSync(path.join(repositoryRoot, 'docs/operating.md'), 'utf8');
/** The blocks of SQL that this part of the manual prints, in their order. */
function sqlOf(part: string): string[] {
  const [, text = ''] = operators.split(`**${part}.**`);
  const [ours = ''] = text.split(/^\*\*/m);
  return [...ours.matchAll(/^```sql\n(.*?)^```/gms)].map(([, sql = '']) => sql);
}

describe('the SQL in docs/operating.md', () => {
  const service = withUsers();
  let users: RunningUsers;
  beforeEach(() => {
    ({ users } = service);
  });
  /** Runs each statement in a separate transaction, as psql does. */
  const run = async (sql: string) => {
    for (const statement of sql.split(';')) await users.database.query(statement);
  };
  const ended = async () => {
    const response = await fetch(`${users.origin}/revoked-sessions`, { headers: gatewayHeaders() });
    return ((await response.json()) as { sessions: string[] }).sessions;
  };
  const accounts = async () =>
    (await users.database.query<{ id: string }[]>('SELECT id FROM users')).map(({ id }) => id);

  test('revokes the sessions of one user without locking them out', async () => {
    const [eve, bob] = [await join(users, EVE), await join(users, BOB)];
    const [sql, ...others] = sqlOf('Revoking access');
    expect(others).toEqual([]);
    await run(sql!);
    expect(await ended()).toEqual([eve.auth.viewer.sessionId]);
    expect(await refresh(users, bob.tokens.refreshToken)).toMatchObject({ userErrors: [] });
    expect(await canLogIn(users, EVE)).toBe(true);
  });

  test('deletes an account after revoking its sessions and closing it to logins', async () => {
    const sessions = [await join(users, EVE), await logIn(users, EVE)];
    const bob = await join(users, BOB);
    const mailed = await mailedToken(users, EVE.email, 'RESET_PASSWORD');
    const [first, then, ...others] = sqlOf('Deleting an account');
    expect(others).toEqual([]);

    await run(first!);
    expect((await ended()).toSorted()).toEqual(sessions.map(({ auth }) => auth.viewer.sessionId).toSorted());
    const { userErrors } = await refresh(users, sessions[0]!.tokens.refreshToken);
    expect(userErrors).toMatchObject([{ code: 'INVALID_TOKEN' }]);
    expect(await canLogIn(users, EVE)).toBe(false);
    const password = 'an entirely new password';
    expect(await resetPassword(users, mailed, password)).toEqual([]);
    expect(await canLogIn(users, { ...EVE, password })).toBe(false);
    await register(users, EVE);
    const recreated = await logIn(users, EVE);

    await run(then!);
    const left = [bob, recreated].map(({ auth }) => auth.viewer.userId);
    expect((await accounts()).toSorted()).toEqual(left.toSorted());
    expect(await refresh(users, bob.tokens.refreshToken)).toMatchObject({ userErrors: [] });
    expect(await refresh(users, recreated.tokens.refreshToken)).toMatchObject({ userErrors: [] });
  });
});
