import { hash, parseOptions } from '@node-rs/argon2';
import { beforeEach, describe, expect, test, afterAll, beforeAll } from '@jest/globals';
import { ADA, register, join, type LoggedIn } from '../testing/people.js';
import { tryPassword, anonymousAt } from '../testing/from-address.js';
import { type RunningUsers, configOf, runUsers } from '../testing/running-users.js';
import { withUsers } from '../testing/with-users.js';
import { createLogger } from '@kit/service';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { Throttle } from '../throttling/throttle.js';
import { Credentials } from './credentials.js';
import { Passwords } from './passwords.js';
import { UserEntity } from './user.entity.js';

/** The parameters of the cost `low`. */
const NOW = { memoryCost: 8, timeCost: 1, parallelism: 1 };
const THEN = { memoryCost: 8_192, timeCost: 1, parallelism: 1 };

describe('a stored password hash', () => {
  const service = withUsers();
  let users: RunningUsers;
  beforeEach(async () => {
    ({ users } = service);
    await register(users, ADA);
  });
  const stored = async () => {
    const [{ password_hash: passwordHash }] = await users.database.query('SELECT password_hash FROM users');
    return passwordHash as string;
  };
  const store = (passwordHash: string) =>
    users.database.query('UPDATE users SET password_hash = $1', [passwordHash]);
  const logIn = (password = ADA.password) => tryPassword(users, ADA.email, password, '192.0.2.1');

  test('is kept if it has the current parameters', async () => {
    const before = await stored();
    expect(await logIn()).toMatchObject({ code: 'OK' });
    expect(await stored()).toBe(before);
  });

  test('is replaced at a successful login if it has other parameters', async () => {
    const old = await hash(ADA.password, THEN);
    await store(old);
    expect(await logIn('wrong horse')).toMatchObject({ code: 'INVALID_CREDENTIALS' });
    expect(await stored()).toBe(old);
    expect(await logIn()).toMatchObject({ code: 'OK' });
    expect(parseOptions(await stored())).toMatchObject(NOW);
    expect(await logIn()).toMatchObject({ code: 'OK' });
  });

  test('does not overwrite a password that was changed meanwhile', async () => {
    await store(await hash(ADA.password, THEN));
    const changed = await hash('battery staple', NOW);
    const change = users.database.createQueryRunner();
    await change.startTransaction();
    await change.query('UPDATE users SET password_hash = $1', [changed]);
    const login = logIn();
    const waits = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    while ((await users.database.query<object[]>(waits)).length === 0);
    await change.commitTransaction();
    await change.release();
    await login;
    expect(await stored()).toBe(changed);
  });

  test('does not prevent the login if it cannot be replaced', async () => {
    const old = await hash(ADA.password, THEN);
    await store(old);
    await users.database.query(
      'ALTER TABLE users ADD CONSTRAINT as_it_is CHECK (password_hash = $$' + old + '$$)',
    );
    expect(await logIn()).toMatchObject({ code: 'OK' });
    expect(await stored()).toBe(old);
    expect(users.log.join('')).toContain('the password was not rehashed');
    await users.database.query('ALTER TABLE users DROP CONSTRAINT as_it_is');
  });

  test.each(['', 'plain', '$2b$12$abcdefghijklmnopqrstuv', '$argon2id$v=19$m=19456,t=2,p=1$broken'])(
    'fails like a wrong password and is logged if it is malformed: %j',
    async (unreadable) => {
      await store(unreadable);
      expect(await logIn()).toMatchObject({ code: 'INVALID_CREDENTIALS' });
      const errors = users.log.filter((line) => line.includes('a stored password hash cannot be read'));
      expect(errors).toHaveLength(1);
      expect(JSON.parse(errors[0]!)).toMatchObject({ level: 50 });
    },
  );
});

const HERE = '192.0.2.1';

describe('confirming the password of a logged-in user', () => {
  let testDatabase: TestDatabase;
  let users: RunningUsers;
  let ada: LoggedIn;
  let user: UserEntity;
  let throttle: Throttle;
  let credentials: Credentials;
  beforeAll(async () => {
    testDatabase = await createTestDatabase('users');
    users = await runUsers(testDatabase.url);
    ada = await join(users, ADA);
    const logger = createLogger('users', 'silent');
    const settings = configOf(testDatabase.url);
    const repository = users.database.getRepository(UserEntity);
    throttle = new Throttle(settings, logger);
    credentials = new Credentials(repository, new Passwords(settings, logger), throttle, settings, logger);
    user = await repository.createQueryBuilder('user').addSelect('user.passwordHash').getOneOrFail();
  });
  afterAll(async () => {
    await throttle?.onApplicationShutdown();
    await users?.close();
    await testDatabase?.drop();
  });
  const confirm = (...candidates: string[]) =>
    credentials.confirm(user, candidates, { ...anonymousAt(HERE), viewer: ada.auth.viewer });

  test('finds the right candidate and counts no attempt', async () => {
    for (let n = 0; n < 11; n += 1) {
      const proof = await confirm('wrong horse', ADA.password);
      expect(proof).toMatchObject({ password: ADA.password, fault: null });
    }
  });

  test('counts each call as one attempt, together with the logins', async () => {
    const faults = await Promise.all(
      Array.from({ length: 12 }, () => confirm('wrong horse', 'another horse')),
    );
    const codes = faults.map(({ fault }) => fault?.code);
    expect(codes.filter((code) => code === 'INVALID_CREDENTIALS')).toHaveLength(10);
    expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(2);
    expect(await confirm(ADA.password)).toMatchObject({ fault: { code: 'RATE_LIMITED' } });
    expect(await tryPassword(users, ADA.email, ADA.password, HERE)).toMatchObject({ code: 'RATE_LIMITED' });
    const rows = await users.database.query(
      `SELECT actor_id, subject_id, detail FROM audit_log WHERE action = 'LOGIN_FAILED'`,
    );
    expect(rows).toHaveLength(10);
    expect(rows[0]).toEqual({ actor_id: user.id, subject_id: user.id, detail: { loggedIn: true } });
  });
});
