import { describe, expect, test } from '@jest/globals';
import { waitUntil } from '@supergraph/tools/wait-until';
import { createImport, ended, upload } from '../../testing/imports.js';
import { withService } from '../../testing/with-service.js';

const ROWS = 20_000;

describe('an import while another transaction locks the list', () => {
  const running = withService();

  test('waits longer than the time limit of a statement, and goes on with smaller batches', async () => {
    const { database, log } = running.service;
    const lock = database.createQueryRunner();
    await lock.startTransaction();
    await lock.query('SET LOCAL idle_in_transaction_session_timeout = 0');
    await lock.query('LOCK TABLE subscribers IN SHARE ROW EXCLUSIVE MODE');
    const { subscriberImport, uploadUrl } = await createImport(running.service);
    const rows = Array.from({ length: ROWS }, (_, n) => `user${n}@a.example\n`);
    await upload(running.service, uploadUrl!, `email\n${rows.join('')}`);

    let mostWaiting = 0;
    await waitUntil(async () => {
      const [{ waiting }] = await database.query<[{ waiting: number }]>(
        `SELECT count(*)::int AS waiting FROM pg_stat_activity
          WHERE wait_event_type = 'Lock' AND query LIKE '%leased_until%' AND datname = current_database()`,
      );
      mostWaiting = Math.max(mostWaiting, waiting);
      return log.some((line) => line.includes('an import waits'));
    });
    await lock.rollbackTransaction();
    await lock.release();

    expect(mostWaiting).toBe(1);
    expect(await ended(running.service, subscriberImport!.id)).toMatchObject({
      status: 'FINISHED',
      rowsRead: ROWS,
      added: ROWS,
    });
    const [{ batches }] = await database.query<[{ batches: number }]>(
      'SELECT count(DISTINCT xmin::text)::int AS batches FROM subscribers',
    );
    expect(batches).toBe(3);
  });
});
