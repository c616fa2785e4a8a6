import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { StartUpError } from '@supergraph/service/start-up';
import { withClient } from '@supergraph/tools/postgres-client';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { ADA, BOB, join, logIn, type Person } from '../testing/people.js';
import { runUsers, type RunningUsers } from '../testing/running-users.js';
import { waitUntil } from '../testing/wait-until.js';

const OWNER: Person = { email: 'Boss@Example.com', password: 'walnut-otter-19', displayName: 'Owner' };
const VARIABLES = { OWNER_EMAIL: ` ${OWNER.email} `, OWNER_PASSWORD: OWNER.password };

describe('the first owner', () => {
  let testDatabase: TestDatabase;
  let running: RunningUsers[];
  beforeEach(async () => {
    testDatabase = await createTestDatabase('users');
    running = [];
  });
  afterEach(async () => {
    await Promise.all(running.map((users) => users.close()));
    await testDatabase?.drop();
  });
  const run = async (environment: Record<string, string> = {}) => {
    const users = await runUsers(testDatabase.url, environment);
    running.push(users);
    return users;
  };
  const people = (users: RunningUsers) =>
    users.database.query<{ id: string; email: string; roles: string[] }[]>('SELECT * FROM users ORDER BY id');
  const audited = (users: RunningUsers) =>
    users.database.query<object[]>("SELECT * FROM audit_log WHERE action = 'OWNER_CREATED'");
  const linesOf = (users: RunningUsers) =>
    users.log.filter((line) => line.includes('the first owner was created'));

  test('is made at the start, with a verified address, and may do everything', async () => {
    const users = await run(VARIABLES);
    expect(await people(users)).toEqual([
      expect.objectContaining({
        email: OWNER.email,
        email_normalized: 'boss@example.com',
        display_name: 'Owner',
        roles: ['OWNER'],
        email_verified_at: expect.any(Date),
      }),
    ]);
    const { auth } = await logIn(users, OWNER);
    expect([...auth.scopes]).toContain('users:admin');
    const { data } = await users.ask('{ users(filter: { query: "BOSS@" }) { nodes { id } } }', { as: auth });
    expect(data).toEqual({ users: { nodes: [{ id: auth.viewer.userId }] } });
  });

  test('is written down and logged, without address and password', async () => {
    const users = await run(VARIABLES);
    const { id } = (await people(users))[0]!;
    expect(await audited(users)).toEqual([
      expect.objectContaining({
        actor_id: null,
        session_id: null,
        subject_id: id,
        detail: { existed: false },
      }),
    ]);
    expect(linesOf(users)).toHaveLength(1);
    expect(JSON.parse(linesOf(users)[0]!)).toMatchObject({ userId: id });
    const log = users.log.join('').toLowerCase();
    for (const secret of [OWNER.email, OWNER.password]) expect(log).not.toContain(secret.toLowerCase());
  });

  test('is made once by replicas that start at the same time', async () => {
    const replicas = await Promise.all([run(VARIABLES), run(VARIABLES), run(VARIABLES), run(VARIABLES)]);
    expect(await people(replicas[0])).toHaveLength(1);
    expect(await audited(replicas[0])).toHaveLength(1);
    expect(replicas.flatMap(linesOf)).toHaveLength(1);
  });

  test('stays as they are while there is an owner: another password is ignored, even a weak one', async () => {
    const before = await people(await run(VARIABLES));
    const users = await run({ OWNER_EMAIL: BOB.email, OWNER_PASSWORD: 'x' });
    expect(await people(users)).toEqual(before);
    await run({ ...VARIABLES, OWNER_PASSWORD: 'another password' });
    expect(await people(users)).toEqual(before);
    expect(await audited(users)).toHaveLength(1);
    await logIn(users, OWNER);
  });

  test('is who has the account of that address, with the new password and none of the old sessions', async () => {
    const old = await run();
    await join(old, BOB);
    const before = await join(old, { ...ADA, email: OWNER.email });
    await old.database.query(
      `INSERT INTO email_tokens (hash, user_id, purpose, created_at, expires_at)
       VALUES (sha256('link'), $1, 'RESET_PASSWORD', now(), now() + interval '1 hour')`,
      [before.auth.viewer.userId],
    );

    const users = await run(VARIABLES);
    const after = await logIn(users, OWNER);
    expect(after.auth.viewer.userId).toBe(before.auth.viewer.userId);
    expect(await people(users)).toEqual([
      expect.objectContaining({ email: BOB.email, roles: ['EDITOR'], email_verified_at: null }),
      expect.objectContaining({
        display_name: ADA.displayName,
        roles: ['OWNER'],
        email_verified_at: expect.any(Date),
      }),
    ]);
    const login = await users.ask(
      'mutation ($input: LoginInput!) { login(input: $input) { userErrors { code } } }',
      { variables: { input: { email: OWNER.email, password: ADA.password } } },
    );
    expect(login.data).toEqual({ login: { userErrors: [{ code: 'INVALID_CREDENTIALS' }] } });
    const refresh = await users.ask(
      'mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { userErrors { code } } }',
      { variables: { input: { refreshToken: before.tokens.refreshToken } } },
    );
    expect(refresh.data).toEqual({ refreshSession: { userErrors: [{ code: 'INVALID_TOKEN' }] } });
    const ended = await users.database.query('SELECT user_id FROM sessions WHERE ended_at IS NOT NULL');
    expect(ended).toEqual([{ user_id: before.auth.viewer.userId }]);
    expect(await users.database.query('SELECT * FROM email_tokens')).toEqual([]);
    expect(await audited(users)).toEqual([expect.objectContaining({ detail: { existed: true } })]);
  });

  const connections = () =>
    withClient(testDatabase.url, async (client) => {
      const { rows } = await client.query<{ count: number }>(
        `SELECT count(*)::int FROM pg_stat_activity
          WHERE datname = current_database() AND application_name LIKE 'users%'`,
      );
      return rows[0]!.count;
    });

  test.each(['too short', OWNER.password.repeat(10)])(
    'is not made with a password that nobody may choose (%s): the service does not start, and says why',
    async (password) => {
      const refused = await run({ ...VARIABLES, OWNER_PASSWORD: password }).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(StartUpError);
      expect((refused as Error).message).toMatch(/OWNER_PASSWORD/);
      expect((refused as Error).message).not.toContain(password);
      // It leaves nothing behind that would go on.
      await waitUntil(async () => (await connections()) === 0);
      expect(await people(await run())).toEqual([]);
    },
  );

  test('is nobody when nobody is named', async () => {
    expect(await people(await run({ OWNER_EMAIL: '', OWNER_PASSWORD: ' ' }))).toEqual([]);
  });

  test.each<Record<string, string>>([{ OWNER_EMAIL: OWNER.email }, { OWNER_PASSWORD: OWNER.password }])(
    'needs both variables, not %j alone',
    async (environment) => {
      await expect(run(environment)).rejects.toThrow('OWNER_EMAIL and OWNER_PASSWORD must be set together');
    },
  );
});
