import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '@supergraph/tools/free-port';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { waitUntil } from '@supergraph/tools/wait-until';
import type { DataSource } from 'typeorm';
import { database } from '../../database/database.js';
import { createImport, upload } from '../../testing/imports.js';
import { KillableReplica } from '../../testing/killable-replica.js';
import { runService } from '../../testing/running-service.js';

const LONG = process.env['LONG'] === '1';
const THOUSANDS = LONG ? 1_000 : 50;
const MOST_MIB = 150;

/** Of each thousand rows one is not valid, one repeats an address, and the others are new. */
function* file(): Generator<Buffer> {
  yield Buffer.from('email,name\n');
  for (let thousand = 0; thousand < THOUSANDS; thousand += 1) {
    const rows = Array.from({ length: 998 }, (_, n) => {
      const number = thousand * 1_000 + n;
      return `user${number}@a.example,User ${number}\n`;
    });
    yield Buffer.from(`${rows.join('')}USER${thousand * 1_000}@A.example,Again\nuser,\n`);
  }
}

describe('an import of a large file', () => {
  let testDatabase: TestDatabase;
  let dataSource: DataSource;
  let replica: KillableReplica | undefined;
  beforeAll(async () => {
    testDatabase = await createTestDatabase('email-subscriptions');
    dataSource = await database.dataSource(testDatabase.url).initialize();
  });
  afterAll(async () => {
    await replica?.stop();
    await dataSource?.destroy();
    await testDatabase?.drop();
  });

  test(
    `counts each row once, in ${MOST_MIB} MiB of memory`,
    async () => {
      const service = await runService(testDatabase.url);
      const { uploadUrl } = await createImport(service);
      await service.close();
      replica = new KillableReplica(testDatabase.url, await freePort());
      await replica.ready();
      const idle = await replica.residentMiB();
      let peak = idle;
      const state = async () => {
        peak = Math.max(peak, await replica!.residentMiB());
        const rows = await dataSource.query<Record<string, unknown>[]>(
          `SELECT status, rows_read, added, updated, unchanged, suppressed, rejected,
             (SELECT count(*)::int FROM import_rejected_rows) AS rejected_rows FROM subscriber_imports`,
        );
        return rows[0]!;
      };

      expect((await upload(replica, uploadUrl!, ReadableStream.from(file()))).status).toBe(204);
      await waitUntil(async () => (await state())['status'] !== 'RUNNING');
      expect(await state()).toEqual({
        status: 'FINISHED',
        rows_read: THOUSANDS * 1_000,
        added: THOUSANDS * 998,
        updated: 0,
        unchanged: THOUSANDS,
        suppressed: 0,
        rejected: THOUSANDS,
        rejected_rows: THOUSANDS,
      });
      expect(await dataSource.query('SELECT count(*)::int FROM subscribers')).toEqual([
        { count: THOUSANDS * 998 },
      ]);
      expect(peak - idle).toBeLessThan(MOST_MIB);
    },
    LONG ? 1_800_000 : 120_000,
  );
});
