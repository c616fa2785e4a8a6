import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { ADA, register } from './testing/people.js';
import { runUsers, type RunningUsers } from './testing/running-users.js';

describe('a fault that nobody foresaw', () => {
  let testDatabase: TestDatabase;
  let users: RunningUsers;
  beforeAll(async () => {
    testDatabase = await createTestDatabase('users');
    users = await runUsers(testDatabase.url);
    // Postgres hands out the whole row that breaks a constraint, TypeORM all parameters of the statement.
    await users.database.query('ALTER TABLE users ADD CONSTRAINT nobody_more CHECK (false) NOT VALID');
  });
  afterAll(async () => {
    await users?.close();
    await testDatabase?.drop();
  });

  test('leaves with an id to look it up by, and is logged under it without anything personal', async () => {
    const { data, errors } = await register(users, ADA);
    expect(data).toBeNull();
    expect(errors).toEqual([
      expect.objectContaining({
        message: 'Something went wrong on our side.',
        extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String) },
      }),
    ]);
    const { requestId } = errors![0]!.extensions;
    const lines = users.log.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toContainEqual(
      expect.objectContaining({
        msg: 'unforeseen error',
        requestId,
        err: expect.objectContaining({ message: expect.stringContaining('nobody_more'), code: '23514' }),
      }),
    );
    for (const secret of [ADA.email, ADA.password, ADA.displayName, '$argon2']) {
      expect(users.log.join('').toLowerCase()).not.toContain(secret.toLowerCase());
    }
  });
});
