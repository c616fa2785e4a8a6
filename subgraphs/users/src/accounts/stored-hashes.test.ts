import { hash, parseOptions } from '@node-rs/argon2';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { ADA, register } from '../testing/people.js';
import { tryPassword } from '../testing/from-address.js';
import { runUsers, type RunningUsers } from '../testing/running-users.js';

/** `low`. */
const NOW = { memoryCost: 8, timeCost: 1, parallelism: 1 };
const THEN = { memoryCost: 8_192, timeCost: 1, parallelism: 1 };

describe('a stored password hash', () => {
  let testDatabase: TestDatabase;
  let users: RunningUsers;
  beforeEach(async () => {
    testDatabase = await createTestDatabase('users');
    users = await runUsers(testDatabase.url);
    await register(users, ADA);
  });
  afterEach(async () => {
    await users?.close();
    await testDatabase?.drop();
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
