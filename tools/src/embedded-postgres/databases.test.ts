import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withClient } from '../postgres-client.js';
import { announcedTestServer } from '../test-postgres/server.js';
import { createOwnedDatabases, ownerUrl } from './databases.js';

const run = randomBytes(4).toString('hex');
const users = { name: `users_${run}`, password: "it's a secret/100%" };
const emails = { name: `emails_${run}`, password: 'another' };
const { superuserUrl } = announcedTestServer();

const query = async (url: string, sql: string): Promise<unknown[]> =>
  withClient(url, async (client) => (await client.query(sql)).rows);

beforeAll(async () => {
  await createOwnedDatabases(superuserUrl, [users, emails]);
});

afterAll(async () => {
  for (const { name } of [users, emails]) {
    await query(superuserUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    await query(superuserUrl, `DROP ROLE ${name}`);
  }
});

describe('the databases of the subgraphs', () => {
  test('accept their owner, who is not a superuser', async () => {
    const [role] = await query(
      ownerUrl(superuserUrl, users),
      'SELECT current_user AS name, current_database() AS database, rolsuper AS superuser FROM pg_roles WHERE rolname = current_user',
    );
    expect(role).toEqual({ name: users.name, database: users.name, superuser: false });
  });

  test.each([
    [users, emails.name],
    [users, 'postgres'],
    [users, 'template1'],
    [emails, users.name],
  ])('reject the role %j in the database %s', async (role, database) => {
    const url = ownerUrl(superuserUrl, role, database);
    await expect(query(url, 'SELECT 1')).rejects.toThrow(`permission denied for database "${database}"`);
  });

  test('reject a wrong password', async () => {
    const url = ownerUrl(superuserUrl, { ...users, password: 'wrong' });
    await expect(query(url, 'SELECT 1')).rejects.toThrow('password authentication failed');
  });

  test('let their owner create tables and the extension for trigram search', async () => {
    const url = ownerUrl(superuserUrl, emails);
    await query(url, 'CREATE EXTENSION pg_trgm; CREATE TABLE things (id int)');
    expect(await query(url, "SELECT similarity('word', 'words') > 0.5 AS alike")).toEqual([{ alike: true }]);
  });

  test('keep their data when they are created again, with a new password', async () => {
    await query(ownerUrl(superuserUrl, users), 'CREATE TABLE kept (id int)');
    const renewed = { ...users, password: 'renewed' };
    await createOwnedDatabases(superuserUrl, [renewed]);
    expect(await query(ownerUrl(superuserUrl, renewed), 'SELECT FROM kept')).toEqual([]);
    await createOwnedDatabases(superuserUrl, [users]);
  });
});
