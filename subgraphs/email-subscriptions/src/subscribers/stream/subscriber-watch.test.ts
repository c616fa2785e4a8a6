import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { row, store } from '../../testing/rows.js';
import { streamParts, type StreamParts } from '../../testing/stream-parts.js';
import { note, withLog } from '../../testing/with-log.js';
import { waitUntil } from '@supergraph/tools/wait-until';
import { parseFilter } from '../list/subscriber-filter.js';
import type { StreamPosition } from './stream-cursor.js';
import { SubscriberWatch, type WatchRequest } from './subscriber-watch.js';

const DONE = { value: undefined, done: true };

describe('a watch', () => {
  const database = withLog();
  let parts: StreamParts;
  let pages: StreamPosition[];
  let readErrors: unknown[];
  let ended: number;
  beforeEach(async () => {
    parts = streamParts(database.dataSource, await database.connect(), { events: 10, ageMs: 60_000 });
    await parts.tail.start();
    [pages, readErrors, ended] = [[], [], 0];
  });
  afterEach(() => parts.tail.stop());

  const watch = (request: Partial<WatchRequest> = {}, fails: () => boolean = () => false) =>
    new SubscriberWatch(
      {
        filter: parseFilter(null),
        after: null,
        bookmarks: false,
        silenceMs: 15_000,
        pageAgeMs: 60_000,
        ...request,
      },
      {
        tail: parts.tail,
        replay: (page) => {
          if (fails()) return Promise.reject(new Error('the database is down'));
          pages.push(page.from);
          return parts.additions.replay(page);
        },
        encode: ({ seq }) => `at ${seq}`,
        onReadError: (error) => readErrors.push(error),
      },
      () => (ended += 1),
    );
  let count = 0;
  const publish = async (howMany: number, name = 'added') => {
    const rows = Array.from({ length: howMany }, () => row({ email: `${(count += 1)}@example.com`, name }));
    await store(database.dataSource, rows);
    await note(
      database.dataSource,
      rows.map(({ id }) => id),
    );
    await parts.number();
    await parts.tail.wake();
    return rows.map(({ id }) => id);
  };
  const idOf = async (watching: SubscriberWatch) => {
    const { value } = await watching.next();
    return value?.subscriber?.id;
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
    expect((await waiting).value?.subscriber?.id).toBe(next);
    expect(pages).toEqual([]);
  });

  test('reads the log again when the events in memory are too old', async () => {
    const old = streamParts(database.dataSource, await database.connect(), { events: 10, ageMs: -1 });
    await parts.tail.stop();
    parts = old;
    await parts.tail.start();
    const watching = watch();
    const [id] = await publish(1);
    expect(await idOf(watching)).toBe(id);
    expect(pages).toHaveLength(1);
  });

  test('sends a bookmark after each period without an event', async () => {
    const begun = performance.now();
    const watching = watch({ bookmarks: true, silenceMs: 20 });
    expect((await watching.next()).value).toMatchObject({ cursor: 'at 0', subscriber: null });
    for (const times of [1, 2, 3]) {
      expect((await watching.next()).value).toMatchObject({ cursor: 'at 0', subscriber: null });
      expect(performance.now() - begun).toBeGreaterThanOrEqual(times * 20);
    }
    const [id] = await publish(1);
    expect(await idOf(watching)).toBe(id);
    await watching.return();
  });

  test('sends bookmarks at the end of the log even if no event matches the filter', async () => {
    const watching = watch({ bookmarks: true, silenceMs: 1, filter: parseFilter({ query: 'no match' }) });
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
    expect((await waiting).value?.subscriber?.id).toBe(id);
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
    await database.dataSource.query('DELETE FROM subscribers WHERE id = ANY ($1)', [ids.slice(1, 10)]);
    const old = performance.now() + 50;
    await waitUntil(() => performance.now() > old);
    expect(await idOf(watching)).toBe(ids[10]);
  });

  test('ends at once while it waits for a page', async () => {
    await publish(20);
    const watching = new SubscriberWatch(
      {
        filter: parseFilter(null),
        after: { ...parts.tail.position, seq: 0 },
        bookmarks: false,
        silenceMs: 1,
        pageAgeMs: 60_000,
      },
      {
        tail: parts.tail,
        replay: (_, isWanted) => {
          pages.push(parts.tail.position);
          expect(isWanted()).toBe(true);
          return new Promise(() => {});
        },
        encode: String,
        onReadError: (error) => readErrors.push(error),
      },
      () => (ended += 1),
    );
    const waiting = watching.next();
    await waitUntil(() => pages.length === 1);
    await watching.return();
    expect(await waiting).toEqual(DONE);
  });

  test('skips deleted subscribers', async () => {
    const watching = watch();
    const [gone, stays] = await publish(2);
    await parts.tail.stop();
    await database.dataSource.query('DELETE FROM subscribers WHERE id = $1', [gone]);
    parts = streamParts(database.dataSource, await database.connect(), { events: 10, ageMs: 60_000 });
    await parts.tail.start();
    await watching.return();
    const late = watch({ after: { ...parts.tail.position, seq: 0 } });
    expect(await idOf(late)).toBe(stays);
  });
});
