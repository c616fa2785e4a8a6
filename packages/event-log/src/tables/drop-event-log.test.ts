import { describe, expect, test } from '@jest/globals';
import { waitUntil } from '@supergraph/tools/wait-until';
import { withLog } from '../testing/with-log.js';
import { createBulkOutbox, dropBulkOutbox } from './create-bulk-outbox.js';
import { createEventLog, dropEventLog } from './create-event-log.js';

describe('the removal of the tables', () => {
  const database = withLog();

  test.each(['outbox', 'outbox_bulk'])('waits for a running batch of the relay from %s', async (table) => {
    const relay = await database.connect();
    await relay.query('BEGIN');
    await relay.query(`LOCK TABLE ${table} IN ROW EXCLUSIVE MODE`);
    const migration = database.dataSource.createQueryRunner();
    await migration.startTransaction();
    const dropped = dropBulkOutbox(migration).then(() => dropEventLog(migration));
    await waitUntil(async () => {
      const waiting: unknown[] = await database.dataSource.query(
        'SELECT FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())',
      );
      return waiting.length > 0;
    });
    await relay.query('LOCK TABLE event_log_state, event_log IN ROW EXCLUSIVE MODE');
    await relay.query('COMMIT');
    await dropped;
    await migration.commitTransaction();
    await createEventLog(migration);
    await createBulkOutbox(migration);
    await migration.release();
    expect(await database.dataSource.query('SELECT FROM event_log')).toEqual([]);
  });
});
