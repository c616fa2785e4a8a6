import { expect, describe, test } from '@jest/globals';
import { waitUntil } from '@supergraph/tools/wait-until';
import { CursorExpired } from '../reading/log-cursors.js';
import { NoteEntity } from '../testing/note.entity.js';
import { idsOf, note, notes, store } from '../testing/notes.js';
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

  test('has only the events of subjects that match, if the caller can say so in SQL', async () => {
    const { replays, tail, number } = streamParts(database.dataSource, await database.connect(), {
      events: 1,
    });
    await tail.start();
    const from = tail.position;
    const rows = [note('a'), note('b'), note('a'), note('deleted')];
    await store(database.dataSource, rows.slice(0, 3));
    await record(database.dataSource, idsOf(rows));
    await number();
    const matching = () =>
      database.dataSource
        .getRepository(NoteEntity)
        .createQueryBuilder('n')
        .where('n.text = :text', { text: 'a' });
    const read = (limit: number) => replays.read({ from, through: 4, kinds: [ADDED], matching, limit });
    const { events, reached } = await read(10);
    expect([events.map(({ subjectId }) => subjectId), reached]).toEqual([[rows[0]!.id, rows[2]!.id], 4]);
    expect((await read(1)).reached).toBe(1);
    await tail.stop();
  });
});
