import { expect, describe, test } from '@jest/globals';
import { row, store } from '../../testing/rows.js';
import { streamParts } from '../../testing/stream-parts.js';
import { waitUntil } from '@supergraph/tools/wait-until';
import { note, withLog } from '../../testing/with-log.js';
import { parseFilter } from '../list/subscriber-filter.js';
import { CursorExpired } from './stream-cursor.js';

describe('a page of a replay', () => {
  const database = withLog();

  test('fails with CURSOR_EXPIRED if events were deleted while it was read', async () => {
    const { additions, tail, number } = streamParts(database.dataSource, await database.connect(), {
      events: 1,
      ageMs: 1,
    });
    await tail.start();
    const from = tail.position;
    const rows = [1, 2, 3].map((n) => row({ email: `${n}@example.com` }));
    await store(database.dataSource, rows);
    await note(
      database.dataSource,
      rows.map(({ id }) => id),
    );
    await number();
    await tail.stop();

    const trimming = await database.connect();
    await trimming.query('BEGIN');
    await trimming.query('LOCK TABLE event_log IN ACCESS EXCLUSIVE MODE');
    const page = additions.replay({ from, through: 3, filter: parseFilter(null), limit: 10 });
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
