import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { waitUntil } from '@supergraph/tools/wait-until';
import { idsOf, notes, store } from '../testing/notes.js';
import { statementsOf } from '../testing/statements.js';
import { streamParts } from '../testing/stream-parts.js';
import { record, withLog } from '../testing/with-log.js';

const ids = (count: number) => Array.from({ length: count }, () => randomUUID());

describe('the tail of the log', () => {
  const database = withLog();
  const start = async (settings: { events?: number; pollMs?: number } = {}) => {
    const parts = streamParts(database.dataSource, await database.connect(), {
      events: 10,
      ...settings,
    });
    await parts.tail.start();
    return parts;
  };

  test('reads each event once for any number of followers', async () => {
    const { tail, number } = await start();
    const calls = Array.from({ length: 50 }, () => ({ count: 0 }));
    for (const call of calls) tail.follow(() => (call.count += 1));
    await record(database.dataSource, ids(5));
    await number();
    const statements = await statementsOf(database.dataSource, () => tail.wake());
    expect(statements).toHaveLength(1);
    expect(calls.map(({ count }) => count)).toEqual(calls.map(() => 1));
    expect(tail.position.seq).toBe(5);
    await tail.stop();
  });

  test('polls the log', async () => {
    const { tail, number } = await start({ pollMs: 10 });
    await record(database.dataSource, ids(1));
    await number();
    await waitUntil(() => tail.position.seq === 1);
    await tail.stop();
  });

  test('keeps only the newest events', async () => {
    const { tail, number } = await start({ events: 3 });
    await record(database.dataSource, ids(8));
    await number();
    await tail.wake();
    expect(tail.after(4)).toBe('behind');
    expect(tail.after(5)).toMatchObject({ seq: 6 });
    expect(tail.after(7)).toMatchObject({ seq: 8 });
    expect(tail.after(8)).toBeNull();
    await tail.stop();
  });

  test('accepts a cursor of another process that has read further', async () => {
    const [ahead, late] = [await start(), await start()];
    const rows = notes(2);
    await store(database.dataSource, rows);
    await record(database.dataSource, idsOf(rows));
    await ahead.number();
    await ahead.tail.wake();
    const { epoch } = ahead.tail.position;
    const watch = await late.stream.watch({ after: late.cursors.encode({ epoch, seq: 1 }) });
    expect((await watch.next()).value?.subject?.id).toBe(rows[1]!.id);
    await watch.return();
    await Promise.all([ahead.tail.stop(), late.tail.stop()]);
  });

  test('returns from wake even if the log grows all the time', async () => {
    const { tail, number } = await start();
    const log = { isGrowing: true };
    tail.follow(() => void tail.wake());
    const grow = (async () => {
      while (log.isGrowing) {
        await record(database.dataSource, ids(1));
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
    await record(database.dataSource, ids(4));
    await number();
    await trim(3);
    await late.tail.wake();
    expect(late.tail.position.seq).toBe(4);
    expect(late.tail.after(2)).toBe('behind');
    expect(late.tail.after(3)).toMatchObject({ seq: 4 });
    await trim(4);
    await tail.wake();
    expect(tail.position.seq).toBe(4);
    await Promise.all([tail.stop(), late.tail.stop()]);
  });
});
