import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createLogger, CursorCodec, InvalidCursor } from '@kit/service';
import { waitUntil } from '@supergraph/tools/wait-until';
import { EventLogRuntime } from './event-log-runtime.js';
import { CursorExpired, LogCursors } from './reading/log-cursors.js';
import { moveBatch, trimBatch } from './relay/relay-statements.js';
import { startNewEpoch } from './tables/start-new-epoch.js';
import type { NoteEntity } from './testing/note.entity.js';
import { idsOf, loadNotes, notes, store } from './testing/notes.js';
import { ADDED } from './testing/notes-database.js';
import { record, withLog } from './testing/with-log.js';
import type { EventStream } from './watching/event-stream.js';

describe('a page of the log', () => {
  const database = withLog();
  const codec = new CursorCodec('a secret that is long enough for a test');
  let eventLog: EventLogRuntime['eventLog'];
  beforeAll(() => {
    const logger = createLogger('test', 'silent');
    ({ eventLog } = new EventLogRuntime(database.dataSource, codec, logger, { cursorScope: 'notes' }));
  });
  const publish = async (count: number, kind = ADDED) => {
    const ids = Array.from({ length: count }, () => randomUUID());
    await record(database.dataSource, ids, { kind });
    const client = await database.connect();
    while ((await moveBatch(client, 1_000)) > 0);
    return ids;
  };

  /** The effect of a failover to a standby that lacked the last commits. */
  const loseEvents = async (count: number) => {
    await database.dataSource.query(
      'DELETE FROM event_log WHERE seq > (SELECT last_seq - $1 FROM event_log_state)',
      [count],
    );
    await database.dataSource.query('UPDATE event_log_state SET last_seq = last_seq - $1', [count]);
  };

  test('has the events after a cursor, in order, and the cursor of the next page', async () => {
    await publish(3);
    const start = await eventLog.end();
    expect(await eventLog.page(start, [ADDED], 10)).toEqual({ events: [], cursor: start, hasMore: false });
    const ids = await publish(5);
    await publish(2, 'note.read');
    const first = await eventLog.page(start, [ADDED], 3);
    expect(first.events.map(({ subjectId }) => subjectId)).toEqual(ids.slice(0, 3));
    expect(first.hasMore).toBe(true);
    const second = await eventLog.page(first.cursor, [ADDED], 3);
    expect(second.events.map(({ subjectId }) => subjectId)).toEqual(ids.slice(3));
    expect(second).toMatchObject({ cursor: await eventLog.end(), hasMore: false });
  });

  test('ends after a bounded number of events of other kinds', async () => {
    const start = await eventLog.end();
    await publish(6_000, 'note.read');
    const [id] = await publish(1);
    const first = await eventLog.page(start, [ADDED], 3);
    expect([first.events, first.hasMore]).toEqual([[], true]);
    const { events } = await eventLog.page(first.cursor, [ADDED], 3);
    expect(events.map(({ subjectId }) => subjectId)).toEqual([id]);
  });

  test('has as many events as the caller asks for', async () => {
    const start = await eventLog.end();
    const ids = await publish(7_000);
    const first = await eventLog.page(start, [ADDED], 6_000);
    expect([first.events.length, first.hasMore]).toEqual([6_000, true]);
    const second = await eventLog.page(first.cursor, [ADDED], 6_000);
    expect(second.hasMore).toBe(false);
    const subjects = [...first.events, ...second.events].map(({ subjectId }) => subjectId);
    expect(subjects).toEqual(ids);
  });

  test('fails with CURSOR_EXPIRED after deleted events and in a new epoch', async () => {
    const start = await eventLog.end();
    await publish(2);
    const end = await eventLog.end();
    await database.dataSource.query("UPDATE event_log SET occurred_at = now() - interval '2 hours'");
    await trimBatch(await database.connect(), 1, 100);
    await expect(eventLog.page(start, [ADDED], 10)).rejects.toThrow(CursorExpired);
    await expect(eventLog.page(end, [ADDED], 10)).rejects.toThrow(CursorExpired);
    const emptyEnd = await eventLog.end();
    expect(await eventLog.page(emptyEnd, [ADDED], 10)).toEqual({
      events: [],
      cursor: emptyEnd,
      hasMore: false,
    });
    await startNewEpoch(database.dataSource);
    await expect(eventLog.page(emptyEnd, [ADDED], 10)).rejects.toThrow(CursorExpired);
  });

  test.each([
    ['event', ADDED],
    ['event of another kind', 'note.read'],
  ])('fails with CURSOR_EXPIRED after an %s whose number another event has now', async (_, kind) => {
    const empty = await eventLog.end();
    await publish(1, kind);
    const { cursor } = await eventLog.page(empty, [ADDED], 10);
    const end = await eventLog.end();
    expect(end).toBe(cursor);
    await loseEvents(1);
    await publish(2);
    for (const lost of [cursor, end]) {
      await expect(eventLog.page(lost, [ADDED], 10)).rejects.toThrow(CursorExpired);
    }
    expect((await eventLog.page(empty, [ADDED], 10)).events).toHaveLength(2);
  });

  test('rejects a forged cursor, one of another scope and one from the future', async () => {
    const [{ epoch }] = await database.dataSource.query('SELECT epoch FROM event_log_state');
    const position = { epoch, seq: 0, mark: '-' };
    const own = new LogCursors(codec, 'notes');
    expect((await eventLog.page(own.encode(position), [ADDED], 10)).events).toEqual([]);
    for (const cursor of [
      'x',
      '',
      new LogCursors(codec, 'others').encode(position),
      own.encode({ epoch, seq: 1, mark: '-' }),
      // A cursor of a watch.
      own.encode({ epoch, seq: 0 }),
    ]) {
      await expect(eventLog.page(cursor, [ADDED], 10)).rejects.toThrow(InvalidCursor);
    }
  });
});

describe('the position of a consumer', () => {
  const database = withLog();
  const codec = new CursorCodec('a secret that is long enough for a test');
  const logger = createLogger('test', 'silent');
  let runtime: EventLogRuntime;
  let stream: EventStream<NoteEntity>;
  beforeEach(() => {
    runtime = new EventLogRuntime(database.dataSource, codec, logger);
    stream = runtime.eventLog.stream({ kinds: [ADDED], load: loadNotes(database.dataSource) });
    runtime.eventLog.consume({ name: 'a consumer', kinds: [ADDED], handle: async () => {} });
  });
  afterEach(async () => {
    await runtime.stopReading();
    await runtime.stopNumbering();
  });
  const consumed = (manager = database.dataSource.manager) =>
    runtime.eventLog.consumed('a consumer', manager);
  const publish = async () => {
    const rows = notes(1);
    await store(database.dataSource, rows);
    await record(database.dataSource, idsOf(rows));
    return rows[0]!.id;
  };
  const untilAtEnd = () => waitUntil(async () => (await consumed())?.isAtEnd === true);

  test('is null before its start, and then a cursor to watch what it has not consumed', async () => {
    await publish();
    expect(await consumed()).toBeNull();
    await runtime.start();
    await untilAtEnd();
    const { cursor } = (await consumed())!;
    const ids = [await publish(), await publish()];
    const watch = await stream.watch({ after: cursor });
    for (const id of ids) expect((await watch.next()).value?.subject?.id).toBe(id);
    await watch.return();
  });

  test('is not at the end while a committed event waits for its number or for the consumer', async () => {
    await runtime.start();
    await untilAtEnd();
    const other = await database.connect();
    await other.query('BEGIN');
    await other.query('SELECT FROM event_log_consumers FOR UPDATE');
    const before = await consumed();
    await publish();
    expect(await consumed()).toEqual({ ...before, isAtEnd: false });
    await waitUntil(async () => {
      const left: unknown[] = await database.dataSource.query('SELECT FROM outbox');
      return left.length === 0;
    });
    expect(await consumed()).toEqual({ ...before, isAtEnd: false });
    await other.query('ROLLBACK');
    await untilAtEnd();
    expect((await consumed())!.cursor).not.toBe(before!.cursor);
  });

  test('is that of the snapshot of the transaction', async () => {
    await runtime.start();
    await untilAtEnd();
    await database.dataSource.transaction('REPEATABLE READ', async (manager) => {
      const before = await consumed(manager);
      await publish();
      await waitUntil(async () => (await consumed())!.cursor !== before!.cursor);
      expect(await consumed(manager)).toEqual(before);
    });
  });
});
