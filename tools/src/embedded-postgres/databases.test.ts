import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '../free-port.js';
import { withClient } from '../postgres-client.js';
import { createOwnedDatabases, ownerUrl } from './databases.js';
import { removeEmbeddedPostgres } from './home.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './launcher.js';

const users = { name: 'users', password: "it's a secret/100%" };
const emailSubscriptions = { name: 'email_subscriptions', password: 'another' };
let folder: string;
let postgres: EmbeddedPostgres;

const query = async (url: string, sql: string): Promise<unknown[]> =>
  withClient(url, async (client) => (await client.query(sql)).rows);

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'supergraph-databases-'));
  await chmod(folder, 0o711);
  postgres = await startEmbeddedPostgres({
    dataDir: path.join(folder, 'data'),
    port: await freePort(),
    settings: { fsync: 'off' },
    systemFolder: path.join(folder, 'system'),
    log: () => undefined,
  });
  await createOwnedDatabases(postgres.superuserUrl, [users, emailSubscriptions]);
});

afterAll(async () => {
  await removeEmbeddedPostgres(path.join(folder, 'data'));
  await rm(folder, { recursive: true });
});

describe('the databases of the subgraphs', () => {
  test('let in their owner, who is no superuser', async () => {
    const [who] = await query(
      ownerUrl(postgres.superuserUrl, users),
      'SELECT current_user AS name, current_database() AS database, rolsuper AS superuser FROM pg_roles WHERE rolname = current_user',
    );
    expect(who).toEqual({ name: 'users', database: 'users', superuser: false });
  });

  test.each([
    [users, 'email_subscriptions'],
    [users, 'postgres'],
    [users, 'template1'],
    [emailSubscriptions, 'users'],
  ])('refuse the role %j in the database %s', async (role, database) => {
    const url = ownerUrl(postgres.superuserUrl, role, database);
    await expect(query(url, 'SELECT 1')).rejects.toThrow(`permission denied for database "${database}"`);
  });

  test('refuse a wrong password', async () => {
    const url = ownerUrl(postgres.superuserUrl, { ...users, password: 'wrong' });
    await expect(query(url, 'SELECT 1')).rejects.toThrow('password authentication failed');
  });

  test('let their owner make tables and the extension for trigram search', async () => {
    const url = ownerUrl(postgres.superuserUrl, emailSubscriptions);
    await query(url, 'CREATE EXTENSION pg_trgm; CREATE TABLE things (id int)');
    expect(await query(url, "SELECT similarity('word', 'words') > 0.5 AS alike")).toEqual([{ alike: true }]);
  });

  test('can be made again: the data stays, a new password counts', async () => {
    await query(ownerUrl(postgres.superuserUrl, users), 'CREATE TABLE kept (id int)');
    const renewed = { ...users, password: 'renewed' };
    await createOwnedDatabases(postgres.superuserUrl, [renewed]);
    expect(await query(ownerUrl(postgres.superuserUrl, renewed), 'SELECT FROM kept')).toEqual([]);
    await createOwnedDatabases(postgres.superuserUrl, [users]);
  });
});
