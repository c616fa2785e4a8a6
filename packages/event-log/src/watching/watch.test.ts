import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { waitUntil } from '@supergraph/tools/wait-until';
import type { LogPosition } from '../reading/log-cursors.js';
import type { NoteEntity } from '../testing/note.entity.js';
import { idsOf, loadNotes, notes, store } from '../testing/notes.js';
import { statementsOf } from '../testing/statements.js';
import { streamParts, type StreamParts } from '../testing/stream-parts.js';
import { ADDED } from '../testing/notes-database.js';
import { record, withLog } from '../testing/with-log.js';
import type { PageRequest, WatchRequest } from './watch-request.js';
import { Watch } from './watch.js';
import { withSubjects } from './watched-event.js';

const DONE = { value: undefined, done: true };

describe('a watch', () => {
  const database = withLog();
  let parts: StreamParts;
  let pages: LogPosition[];
  let readErrors: unknown[];
  let ended: number;
  beforeEach(async () => {
    parts = streamParts(database.dataSource, await database.connect(), { events: 10 });
    await parts.tail.start();
    [pages, readErrors, ended] = [[], [], 0];
  });
  afterEach(() => parts.tail.stop());

  const encode = ({ seq }: LogPosition) => `at ${seq}`;
  const replay = async (request: PageRequest) => {
    pages.push(request.from);
    const { events, reached } = await parts.replays.read({ ...request, kinds: [ADDED] });
    const cursorOf = (seq: number) => encode({ ...request.from, seq });
    return { entries: await withSubjects(events, loadNotes(database.dataSource), cursorOf), reached };
  };
  const watch = (request: Partial<WatchRequest<NoteEntity>> = {}, fails: () => boolean = () => false) =>
    new Watch(
      {
        filter: () => true,
        after: null,
        bookmarks: false,
        silenceMs: 15_000,
        pageAgeMs: 60_000,
        ...request,
      },
      {
        tail: parts.loadedTail,
        replay: (page) => (fails() ? Promise.reject(new Error('the database is down')) : replay(page)),
        cursors: { encode },
        onReadError: (error) => readErrors.push(error),
      },
      () => (ended += 1),
    );
  const publish = async (howMany: number) => {
    const rows = notes(howMany);
    await store(database.dataSource, rows);
    await record(database.dataSource, idsOf(rows));
    await parts.number();
    await parts.tail.wake();
    return idsOf(rows);
  };
  const idOf = async (watching: Watch<NoteEntity>) => {
    const { value } = await watching.next();
    return value?.subject?.id;
  };

  test('holds at most one page for a slow watcher, and misses no event', async () => {
    const watching = watch();
    const ids = await publish(450);
    expect(pages).toEqual([]);
    for (const [index, id] of ids.entries()) {
      expect(await idOf(watching)).toBe(id);
      expect(pages).toHaveLength(Math.floor(index / 200) + 1);
    }
  });

  test('takes events in memory without a query', async () => {
    const watching = watch();
    const ids = await publish(10);
    for (const id of ids) expect(await idOf(watching)).toBe(id);
    const waiting = watching.next();
    const [next] = await publish(1);
    expect((await waiting).value?.subject?.id).toBe(next);
    expect(pages).toEqual([]);
  });

  test('loads the subjects of new events in one query for all watches, and events of other kinds never', async () => {
    const watchings = Array.from({ length: 20 }, () => watch());
    const rows = notes(5);
    await store(database.dataSource, rows);
    await record(database.dataSource, idsOf(notes(3)), { kind: 'note.read' });
    await record(database.dataSource, idsOf(rows));
    await parts.number();
    const received = watchings.map(async (watching) => {
      const ids: (string | undefined)[] = [];
      while (ids.length < 5) ids.push(await idOf(watching));
      return ids;
    });
    const statements = await statementsOf(database.dataSource, async () => {
      await parts.tail.wake();
      await Promise.all(received);
    });
    expect(await Promise.all(received)).toEqual(watchings.map(() => idsOf(rows)));
    // One reads the log.
    expect(statements).toHaveLength(2);
  });

  test('loads a subject again when it was loaded too long ago', async () => {
    await parts.tail.stop();
    parts = streamParts(database.dataSource, await database.connect(), { events: 10, ageMs: 50 });
    await parts.tail.start();
    const [early, late] = [watch(), watch()];
    const [first, second] = await publish(2);
    expect([await idOf(early), await idOf(early)]).toEqual([first, second]);
    await database.dataSource.query('DELETE FROM notes WHERE id = $1', [first]);
    const old = performance.now() + 50;
    await waitUntil(() => performance.now() > old);
    expect(await idOf(late)).toBe(second);
  });

  test('continues when subjects can be loaded again', async () => {
    const watching = watch();
    await database.dataSource.query('ALTER TABLE notes RENAME TO hidden');
    const ids = idsOf(notes(1));
    await record(database.dataSource, ids);
    await parts.number();
    await parts.tail.wake();
    const waiting = idOf(watching);
    await waitUntil(() => readErrors.length > 0);
    await database.dataSource.query('ALTER TABLE hidden RENAME TO notes');
    await database.dataSource.query("INSERT INTO notes (id, text) VALUES ($1, 'late')", ids);
    expect(await waiting).toBe(ids[0]);
  });

  test('sends a bookmark after each period without an event', async () => {
    const begun = performance.now();
    const watching = watch({ bookmarks: true, silenceMs: 20 });
    expect((await watching.next()).value).toMatchObject({ cursor: 'at 0', kind: null, subject: null });
    for (const times of [1, 2, 3]) {
      expect((await watching.next()).value).toMatchObject({ cursor: 'at 0', kind: null, subject: null });
      expect(performance.now() - begun).toBeGreaterThanOrEqual(times * 20);
    }
    const [id] = await publish(1);
    expect(await idOf(watching)).toBe(id);
    await watching.return();
  });

  test('sends bookmarks at the end of the log even if no event matches the filter', async () => {
    const watching = watch({ bookmarks: true, silenceMs: 1, filter: () => false });
    expect((await watching.next()).value?.cursor).toBe('at 0');
    await publish(30);
    await waitUntil(async () => (await watching.next()).value?.cursor === 'at 30');
    await publish(1);
    await waitUntil(async () => (await watching.next()).value?.cursor === 'at 31');
    await watching.return();
  });

  test('sends no bookmarks by default', async () => {
    const watching = watch({ silenceMs: 1, after: parts.tail.position });
    const waiting = watching.next();
    const [id] = await publish(1);
    expect((await waiting).value?.subject?.id).toBe(id);
  });

  test('resumes reading missed events when the database is back', async () => {
    let isDown = true;
    const watching = watch({}, () => isDown);
    const ids = await publish(20);
    const waiting = idOf(watching);
    await waitUntil(() => readErrors.length > 0);
    isDown = false;
    expect(await waiting).toBe(ids[0]);
    for (const id of ids.slice(1)) expect(await idOf(watching)).toBe(id);
  });

  test.each(['waits for an event', 'waits for the database'])('ends at once while it %s', async (state) => {
    const watching = watch({}, () => true);
    if (state === 'waits for the database') await publish(20);
    const waiting = watching.next();
    if (state === 'waits for the database') await waitUntil(() => readErrors.length > 0);
    expect(parts.tail.watchers).toBe(1);
    expect(await watching.return()).toEqual(DONE);
    expect(await waiting).toEqual(DONE);
    expect(await watching.next()).toEqual(DONE);
    expect(parts.tail.watchers).toBe(0);
    expect(ended).toBe(1);
  });

  test('reads a page again if it is too old', async () => {
    const watching = watch({ pageAgeMs: 50 });
    const ids = await publish(30);
    expect(await idOf(watching)).toBe(ids[0]);
    await database.dataSource.query('DELETE FROM notes WHERE id = ANY ($1)', [ids.slice(1, 10)]);
    const old = performance.now() + 50;
    await waitUntil(() => performance.now() > old);
    expect(await idOf(watching)).toBe(ids[10]);
  });

  test('ends at once while it waits for a page', async () => {
    await publish(20);
    const watching = new Watch<NoteEntity>(
      {
        filter: () => true,
        after: { ...parts.tail.position, seq: 0 },
        bookmarks: false,
        silenceMs: 1,
        pageAgeMs: 60_000,
      },
      {
        tail: parts.loadedTail,
        replay: (_, isWanted) => {
          pages.push(parts.tail.position);
          expect(isWanted()).toBe(true);
          return new Promise(() => {});
        },
        cursors: { encode: String },
        onReadError: (error) => readErrors.push(error),
      },
      () => (ended += 1),
    );
    const waiting = watching.next();
    await waitUntil(() => pages.length === 1);
    await watching.return();
    expect(await waiting).toEqual(DONE);
  });

  test('skips deleted subjects', async () => {
    const watching = watch();
    const [gone, stays] = await publish(2);
    await parts.tail.stop();
    await database.dataSource.query('DELETE FROM notes WHERE id = $1', [gone]);
    parts = streamParts(database.dataSource, await database.connect(), { events: 10 });
    await parts.tail.start();
    await watching.return();
    const late = watch({ after: { ...parts.tail.position, seq: 0 } });
    expect(await idOf(late)).toBe(stays);
  });
});
