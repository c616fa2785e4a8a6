import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createLogger, CursorCodec } from '@kit/service';
import { waitUntil } from '@supergraph/tools/wait-until';
import { EventLogRuntime } from '../event-log-runtime.js';
import { ADDED } from '../testing/notes-database.js';
import { idsOf, loadNotes, notes, store } from '../testing/notes.js';
import { statementsOf } from '../testing/statements.js';
import { streamParts, type StreamParts } from '../testing/stream-parts.js';
import { record, withLog } from '../testing/with-log.js';

describe('the stream', () => {
  const database = withLog();
  let parts: StreamParts;
  beforeEach(async () => {
    parts = streamParts(database.dataSource, await database.connect(), { events: 1 });
    await parts.tail.start();
  });
  afterEach(() => parts.tail.stop());

  test('reads no page for a watcher that left while it waited for its turn', async () => {
    const after = parts.cursors.encode(parts.tail.position);
    const rows = notes(3);
    await store(database.dataSource, rows);
    const ids = idsOf(rows);
    await record(database.dataSource, ids);
    await parts.number();
    await parts.tail.wake();
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const replay = parts.replays.read.bind(parts.replays);
    const reads = jest.spyOn(parts.replays, 'read').mockImplementation(async (request) => {
      await held;
      return replay(request);
    });
    const watch = () => parts.stream.watch({ after });

    // One replay at a time.
    const [first, leaving, last] = [await watch(), await watch(), await watch()];
    const [firstNext, leavingNext, lastNext] = [first.next(), leaving.next(), last.next()];
    await waitUntil(() => reads.mock.calls.length > 0);
    await leaving.return();
    expect(await leavingNext).toEqual({ value: undefined, done: true });
    release();
    for (const next of [firstNext, lastNext]) expect((await next).value?.subject?.id).toBe(ids[0]);
    expect(reads).toHaveBeenCalledTimes(2);
    await Promise.all([first.return(), last.return()]);
  });

  test('reads a bounded number of pages of a long log for a watcher of a rare kind', async () => {
    const [RARE, COMMON, OTHERS] = ['note.rare', 'note.common', 7_000];
    const rare = parts.streamOf([RARE, COMMON]);
    const after = parts.cursors.encode(parts.tail.position);
    const rows = notes(2);
    await store(database.dataSource, rows);
    const [first, last] = idsOf(rows);
    const others = Array.from({ length: OTHERS }, () => last!);
    await record(database.dataSource, [first!], { kind: RARE });
    await record(database.dataSource, others, { kind: COMMON });
    await record(database.dataSource, others, { kind: COMMON });
    await record(database.dataSource, [last!], { kind: RARE });
    await parts.number();
    await parts.tail.wake();

    const watch = await rare.watch({ after, kinds: [RARE] });
    const found: unknown[] = [];
    const statements = await statementsOf(database.dataSource, async () => {
      for (let n = 0; n < 2; n += 1) found.push((await watch.next()).value?.subject?.id);
    });
    expect(found).toEqual([first, last]);
    // 14,002 events in pages of 5,000.
    expect(statements.filter((statement) => /FROM "event_log"/.test(statement))).toHaveLength(3);
    await watch.return();
  });

  test('logs each outage once in which subjects cannot be loaded', async () => {
    const outages: string[] = [];
    const logger = createLogger('test', 'warn', {
      write: (line) => line.includes('missed events') && outages.push(line),
    });
    const codec = new CursorCodec('a secret that is long enough for a test');
    const runtime = new EventLogRuntime(database.dataSource, codec, logger);
    let attempts = 0;
    let fails = false;
    const stream = runtime.eventLog.stream({
      kinds: [ADDED],
      load: async (ids) => {
        attempts += 1;
        if (fails) throw new Error('not now');
        return loadNotes(database.dataSource)(ids);
      },
    });
    await runtime.start();
    const watch = await stream.watch();
    for (let outage = 1; outage <= 2; outage += 1) {
      fails = true;
      const next = watch.next();
      const rows = notes(1);
      await store(database.dataSource, rows);
      await record(database.dataSource, idsOf(rows));
      const before = attempts;
      await waitUntil(() => attempts >= before + 3);
      fails = false;
      expect((await next).value?.subject?.id).toBe(rows[0]!.id);
      expect(outages).toHaveLength(outage);
    }
    await watch.return();
    await runtime.stopReading();
    await runtime.stopNumbering();
  });
});
