import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { createDataSource, UNLIMITED } from './database/create-data-source.js';
import { TXN_TOKEN_SECRET } from './testing/callers.js';
import { CURSOR_SECRET } from './testing/running-service.js';
import { TCP } from './testing/tcp.js';

const NOWHERE = 'postgres://somebody:secret-password@127.0.0.1:1/nothing';
const SECRETS = { TXN_TOKEN_SECRET, CURSOR_SECRET };

/** Runs one of our entry points to its end. */
function run(entryPoint: string, env: Record<string, string>) {
  const file = fileURLToPath(new URL(entryPoint, import.meta.url));
  return new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(process.execPath, [file], { env }, (_, stdout, stderr) => {
      resolve({ status: child.exitCode ?? -1, stdout, stderr });
    });
  });
}

describe('a service that cannot start says why in one message', () => {
  let testDatabase: TestDatabase;
  beforeAll(async () => {
    testDatabase = await createTestDatabase('email-subscriptions');
  });
  afterAll(() => testDatabase?.drop());

  test('every variable that is bad or missing, at once', async () => {
    const environment = { PORT: 'http', TXN_TOKEN_SECRET: 'short', DATABASE_POOL_SIZE: '0' };
    const { status, stdout, stderr } = await run('./main.js', environment);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr.trim().split('\n')).toEqual([
      'email-subscriptions: The environment is not usable:',
      '  - PORT is not a whole number from 0 to 65535',
      '  - DATABASE_URL is missing',
      '  - DATABASE_POOL_SIZE is not a whole number from 1 to 1000',
      '  - TXN_TOKEN_SECRET is shorter than 32 bytes',
      '  - CURSOR_SECRET is missing',
    ]);
  });

  test.each([
    ['main.js', { DATABASE_URL: NOWHERE, ...SECRETS, PORT: '0' }],
    ['migrate.js', { DATABASE_URL: NOWHERE }],
    ['new-epoch.js', { DATABASE_URL: NOWHERE }],
  ])(
    '%s: a database that is not there, by name and without its password',
    async (entryPoint, environment) => {
      const { status, stderr } = await run(`./${entryPoint}`, environment);
      expect(status).toBe(1);
      expect(stderr).toMatch(
        /^email-subscriptions: the database 127\.0\.0\.1:1\/nothing \(DATABASE_URL\) cannot be used: .+\n$/,
      );
      expect(stderr).not.toContain('secret-password');
    },
  );

  test('a database that is not migrated', async () => {
    const dataSource = await createDataSource(testDatabase.url, UNLIMITED).initialize();
    for (const _ of dataSource.migrations) await dataSource.undoLastMigration();
    await dataSource.destroy();
    const environment = { DATABASE_URL: testDatabase.url, ...SECRETS, PORT: '0' };
    const { status, stderr } = await run('./main.js', environment);
    expect(status).toBe(1);
    expect(stderr).toBe(
      'email-subscriptions: the database (DATABASE_URL) is not migrated: run migrate.js first\n',
    );
    expect(await run('./migrate.js', { DATABASE_URL: testDatabase.url })).toMatchObject({
      status: 0,
      stderr: '',
    });
  });

  test('TCP_PORT without callers', async () => {
    const environment = { DATABASE_URL: NOWHERE, ...SECRETS, PORT: '0', TCP_PORT: '0' };
    expect(await run('./main.js', environment)).toEqual({
      status: 1,
      stdout: '',
      stderr: 'email-subscriptions: TCP_PORT is set, so TCP_CALLERS must name at least one caller\n',
    });
  });

  test('a port for TCP messages that is in use', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const database = await createTestDatabase('email-subscriptions');
    const environment = { DATABASE_URL: database.url, ...SECRETS, PORT: '0', ...TCP, TCP_PORT: String(port) };
    const { status, stdout, stderr } = await run('./main.js', environment);
    holder.close();
    await database.drop();
    expect(status).toBe(1);
    expect(stderr).toBe(
      `email-subscriptions: port ${port} of 127.0.0.1, for TCP messages, is in use: set TCP_PORT to a free one\n`,
    );
    expect(stdout).not.toContain('"level":50');
  });

  test('migrate.js: its one variable', async () => {
    expect(await run('./migrate.js', {})).toEqual({
      status: 1,
      stdout: '',
      stderr: 'email-subscriptions: The environment is not usable:\n  - DATABASE_URL is missing\n',
    });
  });
});

describe('new-epoch.js', () => {
  test('names the new epoch, which is what the log then says', async () => {
    const testDatabase = await createTestDatabase('email-subscriptions');
    const { status, stdout, stderr } = await run('./new-epoch.js', { DATABASE_URL: testDatabase.url });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const dataSource = await createDataSource(testDatabase.url, UNLIMITED).initialize();
    const [{ epoch }] = (await dataSource.query('SELECT epoch FROM event_log_state')) as [{ epoch: string }];
    await dataSource.destroy();
    await testDatabase.drop();
    expect(stdout).toBe(`email-subscriptions: the event log has a new epoch, ${epoch}\n`);
  });
});

test('the schema is printed without an environment and without a database', async () => {
  const { status, stdout, stderr } = await run('./print-schema.js', {});
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('type Subscriber\n  @key(fields: "id")\n');
});
