import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { ADA, BOB, join, logIn, register } from '../testing/people.js';
import { runUsers, type RunningUsers } from '../testing/running-users.js';
import { Passwords } from './passwords.js';

describe('closed registration', () => {
  let testDatabase: TestDatabase;
  let users: RunningUsers;
  beforeAll(async () => {
    testDatabase = await createTestDatabase('users');
    const open = await runUsers(testDatabase.url);
    await join(open, ADA);
    await open.close();
    users = await runUsers(testDatabase.url, { REGISTRATION: 'closed' });
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await users?.close();
    await testDatabase?.drop();
  });

  test('rejects all registrations alike, without hashing or writing anything', async () => {
    const hash = jest.spyOn(Passwords.prototype, 'hash');
    const before = await users.database.query('SELECT id FROM audit_log');
    for (const person of [ADA, BOB, { ...BOB, email: 'bob' }, { ...BOB, password: 'x' }]) {
      const { data, errors } = await register(users, person);
      expect(data).toBeNull();
      expect(errors).toMatchObject([
        { message: 'Registration is closed.', extensions: { code: 'FORBIDDEN' } },
      ]);
    }
    expect(hash).not.toHaveBeenCalled();
    expect(await users.database.query('SELECT email FROM users')).toEqual([{ email: ADA.email }]);
    expect(await users.database.query('SELECT id FROM audit_log')).toEqual(before);
  });

  test('lets existing accounts log in', async () => {
    expect((await logIn(users, ADA)).tokens.accessToken).toEqual(expect.any(String));
  });
});
