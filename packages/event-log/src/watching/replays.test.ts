import { expect, describe, test } from '@jest/globals';
import { waitUntil } from '@supergraph/tools/wait-until';
import { CursorExpired } from '../reading/log-cursors.js';
import { idsOf, notes, store } from '../testing/notes.js';
import { streamParts } from '../testing/stream-parts.js';
import { ADDED } from '../testing/notes-database.js';
import { record, withLog } from '../testing/with-log.js';

describe('a page of a replay', () => {
  const database = withLog();

  test('fails with CURSOR_EXPIRED if events were deleted while it was read', async () => {
    const { replays, tail, number } = streamParts(database.dataSource, await database.connect(), {
      events: 1,
    });
    await tail.start();
    const from = tail.position;
    const rows = notes(3);
    await store(database.dataSource, rows);
    await record(database.dataSource, idsOf(rows));
    await number();
    await tail.stop();

    const trimming = await database.connect();
    await trimming.query('BEGIN');
    await trimming.query('LOCK TABLE event_log IN ACCESS EXCLUSIVE MODE');
    const page = replays.read({ from, through: 3, kinds: [ADDED], limit: 10 });
    const expired = expect(page).rejects.toThrow(CursorExpired);
    await waitUntil(async () => {
      const { rows: waiting } = await trimming.query(
        "SELECT FROM pg_locks WHERE NOT granted AND relation = 'event_log'::regclass",
      );
      return waiting.length > 0;
    });
    await trimming.query('DELETE FROM event_log WHERE seq <= 2');
    await trimming.query('UPDATE event_log_state SET trimmed_seq = 2');
    await trimming.query('COMMIT');
    await expired;
  });
});
