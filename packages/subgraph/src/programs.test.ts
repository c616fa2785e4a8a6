import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runProgram } from '@supergraph/tools/run-program';
import { createEmptyDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { database } from './testing/notes/database.js';
import { STAMP_SECRET } from './testing/with-notes.js';

const NOWHERE = 'postgres://user:secret-password@127.0.0.1:1/nothing';
const SECRETS = { TXN_TOKEN_SECRET: STAMP_SECRET, CURSOR_SECRET: STAMP_SECRET, STAMP_SECRET };

const run = (program: string, env: Record<string, string> = {}) =>
  runProgram(new URL(`testing/notes/${program}`, import.meta.url), env);

describe('the programs of a subgraph', () => {
  let empty: TestDatabase;
  beforeAll(async () => {
    empty = await createEmptyDatabase();
  });
  afterAll(() => empty?.drop());

  test('main names all invalid and missing variables', async () => {
    expect(await run('main.js', { PORT: 'http', TXN_TOKEN_SECRET: 'short' })).toEqual({
      status: 1,
      stdout: '',
      stderr: [
        'notes: The environment is not usable:',
        '  - PORT is not a whole number from 0 to 65535',
        '  - DATABASE_URL is missing',
        '  - TXN_TOKEN_SECRET is shorter than 32 bytes',
        '  - CURSOR_SECRET is missing',
        '  - STAMP_SECRET is missing',
        '',
      ].join('\n'),
    });
  });

  test('migrate needs only DATABASE_URL', async () => {
    expect(await run('migrate.js')).toEqual({
      status: 1,
      stdout: '',
      stderr: 'notes: The environment is not usable:\n  - DATABASE_URL is missing\n',
    });
  });

  test.each(['main.js', 'migrate.js'])(
    '%s names a database that cannot be reached, without the password',
    async (program) => {
      const { status, stderr } = await run(program, { DATABASE_URL: NOWHERE, ...SECRETS, PORT: '0' });
      expect(status).toBe(1);
      expect(stderr).toMatch(
        /^notes: the database 127\.0\.0\.1:1\/nothing \(DATABASE_URL\) cannot be used: .+\n$/,
      );
      expect(stderr).not.toContain('secret-password');
    },
  );

  test('main reports missing migrations, which migrate runs once', async () => {
    const environment = { DATABASE_URL: empty.url, ...SECRETS, PORT: '0' };
    expect(await run('main.js', environment)).toMatchObject({
      status: 1,
      stderr: 'notes: the database (DATABASE_URL) is not migrated: run migrate.js first\n',
    });
    const migrated = { status: 0, stderr: '', stdout: 'notes: migrated: CreateNotes1790000000000\n' };
    expect(await run('migrate.js', environment)).toEqual(migrated);
    const again = { ...migrated, stdout: 'notes: no migration is pending\n' };
    expect(await run('migrate.js', environment)).toEqual(again);
    const dataSource = await database.dataSource(empty.url).initialize();
    expect(await dataSource.query('SELECT FROM notes')).toEqual([]);
    await dataSource.destroy();
  });

  test('main names a port that is in use', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const PORT = String((holder.address() as AddressInfo).port);
    const environment = { DATABASE_URL: empty.url, ...SECRETS, PORT, METRICS_PORT: '0' };
    const { status, stderr } = await run('main.js', environment);
    holder.close();
    expect(status).toBe(1);
    expect(stderr).toBe(`notes: port ${PORT} of 127.0.0.1 is in use: set PORT to a free one\n`);
  });

  test('print-schema needs no environment, and links the directives that the schema uses', async () => {
    const { status, stdout, stderr } = await run('print-schema.js');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(
      'noteAdded: Note! @live(audience: SCOPES) @requiresScopes(scopes: [["notes:read"]])',
    );
    expect(stdout).toContain('directive @live(');
    expect(stdout).toContain(
      `extend schema
  @link(url: "https://specs.example.com/live/v1.0", import: ["@live"])
  @composeDirective(name: "@live")
`,
    );
  });
});
