import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { row, store } from '../../testing/rows.js';
import { streamParts, type StreamParts } from '../../testing/stream-parts.js';
import { note, withLog } from '../../testing/with-log.js';
import { waitUntil } from '@supergraph/tools/wait-until';
import { parseFilter } from '../list/subscriber-filter.js';

describe('the stream', () => {
  const database = withLog();
  let parts: StreamParts;
  beforeEach(async () => {
    parts = streamParts(database.dataSource, await database.connect(), { events: 1, ageMs: 60_000 });
    await parts.tail.start();
  });
  afterEach(() => parts.tail.stop());

  test('reads no page for a watcher that left while it waited for its turn', async () => {
    const start = parts.stream.current();
    const rows = ['a', 'b', 'c'].map((name) => row({ email: `${name}@example.com`, name }));
    await store(database.dataSource, rows);
    const ids = rows.map(({ id }) => id);
    await note(database.dataSource, ids);
    await parts.number();
    await parts.tail.wake();
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const replay = parts.additions.replay.bind(parts.additions);
    const reads = jest.spyOn(parts.additions, 'replay').mockImplementation(async (request) => {
      await held;
      return replay(request);
    });
    const watch = () => parts.stream.watch(parseFilter(null), start, false);

    // Of four connections, one is for replays.
    const [first, leaving, last] = [await watch(), await watch(), await watch()];
    const [firstNext, leavingNext, lastNext] = [first.next(), leaving.next(), last.next()];
    await waitUntil(() => reads.mock.calls.length > 0);
    await leaving.return();
    expect(await leavingNext).toEqual({ value: undefined, done: true });
    release();
    for (const next of [firstNext, lastNext]) expect((await next).value?.subscriber?.id).toBe(ids[0]);
    expect(reads).toHaveBeenCalledTimes(2);
    await Promise.all([first.return(), last.return()]);
  });
});
