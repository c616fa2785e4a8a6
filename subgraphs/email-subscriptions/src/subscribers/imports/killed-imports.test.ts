import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { waitUntil } from '@supergraph/tools/wait-until';
import { TXN_TOKEN_SECRET } from '../../testing/callers.js';
import { createImport, upload } from '../../testing/imports.js';
import { CURSOR_SECRET, runService, SUBSCRIBER_SECRET } from '../../testing/running-service.js';
import { database } from '../../database/database.js';
import type { DataSource } from 'typeorm';

const PROGRAM = fileURLToPath(new URL('../../main.js', import.meta.url));
const LONG = process.env['LONG'] !== undefined;
const [ROWS, KILLS] = LONG ? [300_000, 10] : [30_000, 3];

describe('an import by processes that are killed', () => {
  let testDatabase: TestDatabase;
  let dataSource: DataSource;
  let child: ChildProcess | undefined;
  beforeAll(async () => {
    testDatabase = await createTestDatabase('email-subscriptions');
    dataSource = await database.dataSource(testDatabase.url).initialize();
  });
  afterAll(async () => {
    if (child) await kill();
    await dataSource?.destroy();
    await testDatabase?.drop();
  });
  const start = () => {
    child = spawn(process.execPath, [PROGRAM], {
      env: {
        ...process.env,
        DATABASE_URL: testDatabase.url,
        TXN_TOKEN_SECRET,
        CURSOR_SECRET,
        SUBSCRIBER_SECRET,
        PORT: '0',
        METRICS_PORT: '0',
        LOG_LEVEL: 'error',
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  };
  const kill = async () => {
    child!.kill('SIGKILL');
    if (child!.exitCode === null && child!.signalCode === null) await once(child!, 'exit');
  };
  const one = async <Row>(statement: string): Promise<Row> => {
    const rows = await dataSource.query<Row[]>(statement);
    return rows[0]!;
  };

  const state = () => one<Record<string, string | number>>('SELECT * FROM subscriber_imports');

  test('adds every row once, with exact counts and events', async () => {
    const service = await runService(testDatabase.url);
    const { uploadUrl } = await createImport(service, { onExisting: 'UPDATE' });
    const rows = Array.from({ length: ROWS }, (_, n) => `user${n}@a.example,User ${n}\n`);
    await upload(service, uploadUrl!, `email,name\n${rows.join('')}User0@a.example,Again\nbad,\n`);
    // It hands the import over to the processes that are killed.
    await service.close();
    start();
    for (let killed = 0; killed < KILLS; killed += 1) {
      const { attempt, position } = await state();
      await waitUntil(async () => {
        const now = await state();
        return (
          now['attempt']! > attempt! &&
          (killed % 2 === 0 || now['position']! > position! || now['status'] === 'FINISHED')
        );
      });
      await kill();
      start();
      if ((await state())['status'] === 'FINISHED') break;
    }
    await waitUntil(async () => (await state())['status'] !== 'RUNNING');
    expect(await state()).toMatchObject({
      status: 'FINISHED',
      rows_read: ROWS + 2,
      added: ROWS,
      updated: 0,
      unchanged: 1,
      suppressed: 0,
      rejected: 1,
    });
    expect(
      await one(
        `SELECT count(*)::int, count(DISTINCT email)::int AS emails FROM subscribers WHERE revision = 1`,
      ),
    ).toEqual({ count: ROWS, emails: ROWS });
    await waitUntil(
      async () => (await one<{ n: number }>('SELECT count(*)::int AS n FROM outbox_bulk')).n === 0,
    );
    expect(
      await one(
        `SELECT count(*)::int, count(DISTINCT subject_id)::int AS subjects, max(seq)::int AS last FROM event_log`,
      ),
    ).toEqual({ count: ROWS, subjects: ROWS, last: ROWS });
  });
});
