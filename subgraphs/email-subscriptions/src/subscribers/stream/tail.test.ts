import { describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { row, store } from '../../testing/rows.js';
import { allStatementsOf } from '../../testing/statements.js';
import { parseFilter } from '../list/subscriber-filter.js';
import { streamParts } from '../../testing/stream-parts.js';
import { note, withLog } from '../../testing/with-log.js';
import { waitUntil } from '@supergraph/tools/wait-until';

describe('the tail of the log', () => {
  const database = withLog();
  const start = async (settings: { events?: number; pollMs?: number } = {}) => {
    const parts = streamParts(database.dataSource, await database.connect(), {
      events: 10,
      ageMs: 60_000,
      ...settings,
    });
    await parts.tail.start();
    return parts;
  };

  test('reads each event once and the subscribers of a batch in one query, for any number of watchers', async () => {
    const { tail, number } = await start();
    const calls = Array.from({ length: 50 }, () => ({ count: 0 }));
    for (const call of calls) tail.follow(() => (call.count += 1));
    const rows = Array.from({ length: 5 }, (_, n) => row({ email: `${n}@example.com` }));
    await store(database.dataSource, rows);
    await note(
      database.dataSource,
      rows.map(({ id }) => id),
    );
    await number();
    const statements = await allStatementsOf(database.dataSource, () => tail.wake());
    expect(statements).toHaveLength(2);
    expect(calls.map(({ count }) => count)).toEqual(calls.map(() => 1));
    expect(tail.position.seq).toBe(5);
    await tail.stop();
  });

  test('polls the log', async () => {
    const { tail, number } = await start({ pollMs: 10 });
    await note(database.dataSource, [v7()]);
    await number();
    await waitUntil(() => tail.position.seq === 1);
    await tail.stop();
  });

  test('keeps only the newest events', async () => {
    const { tail, number } = await start({ events: 3 });
    await note(
      database.dataSource,
      Array.from({ length: 8 }, () => v7()),
    );
    await number();
    await tail.wake();
    expect(tail.after(4)).toBe('behind');
    expect(tail.after(5)).toEqual({ seq: 6, event: null });
    expect(tail.after(7)).toEqual({ seq: 8, event: null });
    expect(tail.after(8)).toBeNull();
    await tail.stop();
  });

  test('accepts a cursor of another process that has read further', async () => {
    const [ahead, late] = [await start(), await start()];
    const [first, second] = [row({ email: 'first@example.com' }), row({ email: 'second@example.com' })];
    await store(database.dataSource, [first, second]);
    await note(database.dataSource, [first.id, second.id]);
    await ahead.number();
    await ahead.tail.wake();
    const { epoch } = ahead.tail.position;
    const watch = await late.stream.watch(parseFilter(null), late.cursors.encode({ epoch, seq: 1 }), false);
    expect((await watch.next()).value?.subscriber?.id).toBe(second.id);
    await watch.return();
    await Promise.all([ahead.tail.stop(), late.tail.stop()]);
  });

  test('returns from wake even if the log grows all the time', async () => {
    const { tail, number } = await start();
    const log = { isGrowing: true };
    tail.follow(() => void tail.wake());
    const grow = (async () => {
      while (log.isGrowing) {
        await note(database.dataSource, [v7()]);
        await number();
        void tail.wake();
      }
    })();
    for (let round = 0; round < 20; round += 1) await tail.wake();
    log.isGrowing = false;
    await grow;
    await tail.stop();
  });

  test('continues after events that were deleted before it read them', async () => {
    const { tail, number, trim } = await start();
    const late = await start();
    await note(
      database.dataSource,
      Array.from({ length: 4 }, () => v7()),
    );
    await number();
    await trim(3);
    await late.tail.wake();
    expect(late.tail.position.seq).toBe(4);
    expect(late.tail.after(2)).toBe('behind');
    expect(late.tail.after(3)).toEqual({ seq: 4, event: null });
    await trim(4);
    await tail.wake();
    expect(tail.position.seq).toBe(4);
    await Promise.all([tail.stop(), late.tail.stop()]);
  });
});
