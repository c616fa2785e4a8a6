import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ANONYMOUS, type AuthContext } from '@kit/auth';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { ADA, authOf, BOB, type Person } from '../testing/people.js';
import { gatewayHeaders, runUsers, type RunningUsers } from '../testing/running-users.js';
import type { AuditAction } from './audit-log.js';

const OWNER_PASSWORD = 'walnut-otter-19';
const WRONG_PASSWORD = 'not her password';
const ORIGIN = { ip: '203.0.113.7', userAgent: 'Story/1.0' };

interface Row {
  readonly at: Date;
  readonly action: AuditAction;
  readonly actor_id: string | null;
  readonly session_id: string | null;
  readonly subject_id: string | null;
  readonly ip: string | null;
  readonly user_agent: string | null;
  readonly request_id: string | null;
  readonly detail: object;
}

describe('the audit log', () => {
  let testDatabase: TestDatabase;
  let users: RunningUsers;
  /** Texts that the audit log must not contain. */
  const secrets: string[] = [ADA, BOB].flatMap(({ email, password }) => [email, password]);
  const rows: Row[] = [];
  let ada: string;
  let bob: string;
  let bobsFirstSession: string;
  let bobsSession: string;

  const ask = async <Data>(query: string, input: object, requestId: string, as: AuthContext = ANONYMOUS) => {
    const headers = { ...gatewayHeaders({ ...as, origin: ORIGIN }), 'x-request-id': requestId };
    const { data, errors } = await users.ask<Data>(query, { variables: { input }, headers });
    expect(errors).toBeUndefined();
    return data!;
  };
  const register = (input: Person, requestId: string) =>
    ask('mutation ($input: RegisterInput!) { register(input: $input) { accepted } }', input, requestId);
  const logIn = async (email: string, password: string, requestId: string) => {
    const { login } = await ask<{ login: { tokens: { accessToken: string; refreshToken: string } | null } }>(
      'mutation ($input: LoginInput!) { login(input: $input) { tokens { accessToken refreshToken } } }',
      { email, password },
      requestId,
    );
    if (!login.tokens) return null;
    secrets.push(login.tokens.accessToken, login.tokens.refreshToken);
    return authOf(users, login.tokens.accessToken);
  };
  /** The only row of this action and request. */
  const rowOf = (action: AuditAction, requestId: string | null) => {
    const found = rows.filter((row) => row.action === action && row.request_id === requestId);
    expect(found).toHaveLength(1);
    return found[0]!;
  };
  const fromStory = { ip: ORIGIN.ip, user_agent: ORIGIN.userAgent };

  beforeAll(async () => {
    testDatabase = await createTestDatabase('users');
    users = await runUsers(testDatabase.url);
    await register(ADA, 'ada-registers');
    await register({ ...ADA, displayName: 'Eve' }, 'eve-registers-as-ada');
    await register(BOB, 'bob-registers');
    ada = (await logIn(ADA.email, ADA.password, 'ada-logs-in'))!.viewer.userId;
    await logIn(ADA.email, WRONG_PASSWORD, 'eve-guesses');
    await logIn('nobody@example.com', WRONG_PASSWORD, 'eve-guesses-addresses');
    bobsFirstSession = (await logIn(BOB.email, BOB.password, 'bob-logs-in'))!.viewer.sessionId;
    await users.close();

    users = await runUsers(testDatabase.url, { OWNER_EMAIL: BOB.email, OWNER_PASSWORD });
    const { viewer, scopes } = (await logIn(BOB.email, OWNER_PASSWORD, 'bob-logs-in-as-owner'))!;
    [bob, bobsSession] = [viewer.userId, viewer.sessionId];
    await ask(
      'mutation ($input: SetUserRolesInput!) { setUserRoles(input: $input) { user { id } } }',
      { userId: ada, roles: ['ADMIN'] },
      'bob-promotes-ada',
      { viewer, scopes },
    );
    rows.push(...(await users.database.query<Row[]>('SELECT * FROM audit_log ORDER BY id')));
    secrets.push(OWNER_PASSWORD, WRONG_PASSWORD, 'nobody@example.com');
  });
  afterAll(async () => {
    await users?.close();
    await testDatabase?.drop();
  });

  test('has one entry for each action, in order', () => {
    expect(rows.map(({ action, request_id: requestId }) => [action, requestId])).toEqual([
      ['ACCOUNT_REGISTERED', 'ada-registers'],
      ['ACCOUNT_REGISTERED', 'eve-registers-as-ada'],
      ['ACCOUNT_REGISTERED', 'bob-registers'],
      ['LOGIN_SUCCEEDED', 'ada-logs-in'],
      ['LOGIN_FAILED', 'eve-guesses'],
      ['LOGIN_FAILED', 'eve-guesses-addresses'],
      ['LOGIN_SUCCEEDED', 'bob-logs-in'],
      ['SESSIONS_ENDED', null],
      ['OWNER_CREATED', null],
      ['LOGIN_SUCCEEDED', 'bob-logs-in-as-owner'],
      ['ROLES_SET', 'bob-promotes-ada'],
    ]);
    const times = rows.map(({ at }) => at.getTime());
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    expect(Math.abs(times[0]! - Date.now())).toBeLessThan(300_000);
  });

  test('has the new account of a registration as its subject, if there is one', () => {
    const anonymous = { actor_id: null, session_id: null, ...fromStory };
    expect(rowOf('ACCOUNT_REGISTERED', 'ada-registers')).toMatchObject({
      ...anonymous,
      subject_id: ada,
      detail: { existed: false },
    });
    expect(rowOf('ACCOUNT_REGISTERED', 'eve-registers-as-ada')).toMatchObject({
      ...anonymous,
      subject_id: null,
      detail: { existed: true },
    });
  });

  test('has the account of a login, successful or not, as its subject', () => {
    expect(rowOf('LOGIN_SUCCEEDED', 'bob-logs-in-as-owner')).toMatchObject({
      actor_id: bob,
      subject_id: bob,
      detail: { sessionId: bobsSession },
      ...fromStory,
    });
    const anonymous = { actor_id: null, session_id: null, ...fromStory };
    expect(rowOf('LOGIN_FAILED', 'eve-guesses')).toMatchObject({ ...anonymous, subject_id: ada });
    expect(rowOf('LOGIN_FAILED', 'eve-guesses-addresses')).toMatchObject({ ...anonymous, subject_id: null });
  });

  test('has a subject but no actor for actions of the service', () => {
    const operator = { actor_id: null, session_id: null, ip: null, user_agent: null, subject_id: bob };
    expect(rowOf('OWNER_CREATED', null)).toMatchObject({ ...operator, detail: { existed: true } });
    expect(rowOf('SESSIONS_ENDED', null)).toMatchObject({
      ...operator,
      detail: { count: 1, sessionIds: [bobsFirstSession] },
    });
  });

  test('has actor, session, subject and both sets of roles for a change of roles', () => {
    expect(rowOf('ROLES_SET', 'bob-promotes-ada')).toMatchObject({
      actor_id: bob,
      session_id: bobsSession,
      subject_id: ada,
      detail: { before: ['EDITOR'], after: ['ADMIN'] },
      ...fromStory,
    });
  });

  test('contains no password, token or e-mail address', async () => {
    const [{ text }] = await users.database.query<[{ text: string }]>(
      `SELECT string_agg(audit_log::text, '\n') AS text FROM audit_log`,
    );
    expect(text).toContain(ORIGIN.userAgent);
    for (const secret of [...secrets, '@', '$argon2']) {
      expect(text.toLowerCase()).not.toContain(secret.toLowerCase());
    }
  });

  test('finds the entries of a subject with an index', async () => {
    const plan = await users.database.transaction(async (manager) => {
      await manager.query('SET LOCAL enable_seqscan = off');
      return manager.query<object[]>('EXPLAIN SELECT * FROM audit_log WHERE subject_id = $1 ORDER BY at', [
        ada,
      ]);
    });
    expect(JSON.stringify(plan)).toContain('audit_log_subject_id_idx');
  });
});
