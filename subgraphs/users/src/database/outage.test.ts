import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { linkTo, type DatabaseLink } from '@supergraph/tools/test-postgres/database-link';
import { ADA, join, register, type LoggedIn } from '../testing/people.js';
import { runUsers, type RunningUsers } from '../testing/running-users.js';

describe('while the database is unreachable', () => {
  let testDatabase: TestDatabase;
  let link: DatabaseLink;
  let users: RunningUsers;
  let ada: LoggedIn;
  beforeAll(async () => {
    testDatabase = await createTestDatabase('users');
    link = await linkTo(testDatabase.url);
    users = await runUsers(link.url);
    ada = await join(users, ADA);
  });
  afterAll(async () => {
    await users?.close();
    await link?.close();
    await testDatabase?.drop();
  });
  const health = async (path: string) => (await fetch(`${users.origin}/health/${path}`)).status;

  test('the service is live but not ready, tells clients to retry, and recovers', async () => {
    expect(await health('ready')).toBe(200);

    const inUse = users.database.createQueryRunner();
    await inUse.startTransaction();
    link.cut();
    expect(await health('ready')).toBe(503);
    expect(await health('live')).toBe(200);
    const { data, errors } = await users.ask('{ viewer { email } }', { as: ada.auth });
    expect(data).toEqual({ viewer: null });
    expect(errors).toEqual([
      expect.objectContaining({
        message: 'A part of the system is not available right now. Please try again.',
        extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
      }),
    ]);

    await inUse.release();
    link.mend();
    expect(await health('ready')).toBe(200);
    const { data: again } = await users.ask('{ viewer { email } }', { as: ada.auth });
    expect(again).toEqual({ viewer: { email: ADA.email } });
  });
});

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
