import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { ADA, register } from './testing/people.js';
import { runUsers, type RunningUsers } from './testing/running-users.js';

describe('an unexpected error', () => {
  let testDatabase: TestDatabase;
  let users: RunningUsers;
  beforeAll(async () => {
    testDatabase = await createTestDatabase('users');
    users = await runUsers(testDatabase.url);
    // The error of Postgres contains the row that violates the constraint, that of TypeORM all parameters.
    await users.database.query('ALTER TABLE users ADD CONSTRAINT nobody_more CHECK (false) NOT VALID');
  });
  afterAll(async () => {
    await users?.close();
    await testDatabase?.drop();
  });

  test('is returned with a request id, and logged with this id but without personal data', async () => {
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
