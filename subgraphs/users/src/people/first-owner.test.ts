import { describe, expect, test } from '@jest/globals';
import { StartUpError } from '@kit/service';
import { ADA, BOB, join, logIn, type Person } from '../testing/people.js';
import type { RunningUsers } from '../testing/running-users.js';
import { waitUntil } from '../testing/wait-until.js';
import { withUsers } from '../testing/with-users.js';

const OWNER: Person = { email: 'Boss@Example.com', password: 'walnut-otter-19', displayName: 'Owner' };
const VARIABLES = { OWNER_EMAIL: ` ${OWNER.email} `, OWNER_PASSWORD: OWNER.password };

describe('the first owner', () => {
  const service = withUsers(() => ({
    OWNER_EMAIL: '',
    OWNER_PASSWORD: ' ',
    // A refresh may open a connection, and a test counts connections.
    SIGNING_KEYS_REFRESH_MS: '3600000',
    SIGNING_KEY_LEAD_MS: '3600001',
  }));
  const { startReplica } = service;
  const people = () =>
    service.users.database.query<{ id: string; email: string; roles: string[] }[]>(
      'SELECT * FROM users ORDER BY id',
    );
  const audited = () =>
    service.users.database.query<object[]>("SELECT * FROM audit_log WHERE action = 'OWNER_CREATED'");
  const linesOf = ({ log }: RunningUsers) =>
    log.filter((line) => line.includes('the first owner was created'));

  test('is created at the start, with a verified address and all rights', async () => {
    const users = await startReplica(VARIABLES);
    expect(await people()).toEqual([
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

  test('is audited and logged, without address and password', async () => {
    const users = await startReplica(VARIABLES);
    const { id } = (await people())[0]!;
    expect(await audited()).toEqual([
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

  test('is created once by replicas that start at the same time', async () => {
    const replicas = await Promise.all([1, 2, 3].map(() => startReplica(VARIABLES)));
    expect(await people()).toHaveLength(1);
    expect(await audited()).toHaveLength(1);
    expect(replicas.flatMap(linesOf)).toHaveLength(1);
  });

  test('stays unchanged while there is an owner, and another password is ignored, even a weak one', async () => {
    await startReplica(VARIABLES);
    const before = await people();
    const users = await startReplica({ OWNER_EMAIL: BOB.email, OWNER_PASSWORD: 'x' });
    expect(await people()).toEqual(before);
    await startReplica({ ...VARIABLES, OWNER_PASSWORD: 'another password' });
    expect(await people()).toEqual(before);
    expect(await audited()).toHaveLength(1);
    await logIn(users, OWNER);
  });

  test('takes over an existing account with that address, with the new password and without its sessions', async () => {
    await join(service.users, BOB);
    const before = await join(service.users, { ...ADA, email: OWNER.email });
    await service.users.database.query(
      `INSERT INTO email_tokens (hash, user_id, purpose, created_at, expires_at)
       VALUES (sha256('link'), $1, 'RESET_PASSWORD', now(), now() + interval '1 hour')`,
      [before.auth.viewer.userId],
    );

    const users = await startReplica(VARIABLES);
    const after = await logIn(users, OWNER);
    expect(after.auth.viewer.userId).toBe(before.auth.viewer.userId);
    expect(await people()).toEqual([
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
    expect(await audited()).toEqual([expect.objectContaining({ detail: { existed: true } })]);
  });

  /** Connections that were opened since then, without this one. */
  const connectionsSince = async (start: string) => {
    const [{ count }] = await service.users.database.query<[{ count: number }]>(
      `SELECT count(*)::int FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'users%'
          AND pid <> pg_backend_pid() AND backend_start > $1`,
      [start],
    );
    return count;
  };

  test.each(['too short', OWNER.password.repeat(10)])(
    'must have an acceptable password: with %j the service does not start, and names the cause',
    async (password) => {
      const [{ start }] = await service.users.database.query<[{ start: string }]>(
        'SELECT now()::text AS start',
      );
      const rejected = await startReplica({ ...VARIABLES, OWNER_PASSWORD: password }).catch(
        (error: unknown) => error,
      );
      expect(rejected).toBeInstanceOf(StartUpError);
      expect((rejected as Error).message).toMatch(/OWNER_PASSWORD/);
      expect((rejected as Error).message).not.toContain(password);
      // The failed start closes its connections.
      await waitUntil(async () => (await connectionsSince(start)) === 0);
      expect(await people()).toEqual([]);
    },
  );

  test('is not created when both variables are blank', async () => {
    await startReplica();
    expect(await people()).toEqual([]);
  });
});
