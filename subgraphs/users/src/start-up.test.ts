import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { database } from './database/database.js';
import { SIGNING_KEY_SECRET, TXN_TOKEN_SECRET } from './testing/running-users.js';

const NOWHERE = 'postgres://users:secret-password@127.0.0.1:1/users';
const SECRETS = { TXN_TOKEN_SECRET, SIGNING_KEY_SECRET };

/** Runs an entry point until it exits. */
function run(entryPoint: string, env: Record<string, string>) {
  const file = fileURLToPath(new URL(entryPoint, import.meta.url));
  return new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(process.execPath, [file], { env }, (_, stdout, stderr) => {
      resolve({ status: child.exitCode ?? -1, stdout, stderr });
    });
  });
}

describe('a service that cannot start', () => {
  let testDatabase: TestDatabase;
  beforeAll(async () => {
    testDatabase = await createTestDatabase('users');
  });
  afterAll(() => testDatabase?.drop());

  test('reports all bad and missing variables at once', async () => {
    const environment = { PORT: 'http', TXN_TOKEN_SECRET: 'short', DEFAULT_ROLE: 'OWNER' };
    const { status, stdout, stderr } = await run('./main.js', environment);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr.trim().split('\n')).toEqual([
      'users: The environment is not usable:',
      '  - PORT is not a whole number from 0 to 65535',
      '  - DATABASE_URL is missing',
      '  - TXN_TOKEN_SECRET is shorter than 32 bytes',
      '  - SIGNING_KEY_SECRET is missing',
      '  - DEFAULT_ROLE is not one of ADMIN, EDITOR, READER, NONE',
    ]);
  });

  test.each([
    ['main.js', { DATABASE_URL: NOWHERE, ...SECRETS, PORT: '0' }],
    ['migrate.js', { DATABASE_URL: NOWHERE }],
  ])('names an unreachable database without its password: %s', async (entryPoint, environment) => {
    const { status, stderr } = await run(`./${entryPoint}`, environment);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^users: the database 127\.0\.0\.1:1\/users \(DATABASE_URL\) cannot be used: .+\n$/,
    );
    expect(stderr).not.toContain('secret-password');
  });

  test('tells to migrate a database that is not migrated', async () => {
    const dataSource = await database.dataSource(testDatabase.url).initialize();
    for (const _ of dataSource.migrations) await dataSource.undoLastMigration();
    await dataSource.destroy();
    const environment = { DATABASE_URL: testDatabase.url, ...SECRETS, PORT: '0' };
    const { status, stderr } = await run('./main.js', environment);
    expect(status).toBe(1);
    expect(stderr).toBe('users: the database (DATABASE_URL) is not migrated: run migrate.js first\n');
    expect(await run('./migrate.js', { DATABASE_URL: testDatabase.url })).toMatchObject({
      status: 0,
      stderr: '',
    });
  });

  test('needs only DATABASE_URL for migrate.js', async () => {
    expect(await run('./migrate.js', {})).toEqual({
      status: 1,
      stdout: '',
      stderr: 'users: The environment is not usable:\n  - DATABASE_URL is missing\n',
    });
  });
});

test('prints the schema without an environment and a database', async () => {
  const { status, stdout, stderr } = await run('./print-schema.js', {});
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('type User\n  @key(fields: "id")\n');
});
