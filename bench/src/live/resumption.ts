import { setTimeout as delay } from 'node:timers/promises';
import type { Figure } from '../figure.js';
import { monotonicMs } from '../monotonic.js';
import { withWatchers } from './watcher-group.js';
import type { LiveSystem } from './live-system.js';

const WATCHERS = 10_000;
/** Additions continue for this long before and after the crash, so that lost events are noticed. */
const AROUND_MS = 2_000;
const BETWEEN_ADDITIONS_MS = 500;

/** The gateway is killed and restarted, and all its watchers resume with their cursors, while additions continue. */
export async function resumption(live: LiveSystem): Promise<Figure[]> {
  return withWatchers(live.watchers(WATCHERS), async (group) => {
    const seconds = await whileAdding(live, async () => {
      await delay(AROUND_MS);
      const killedAt = monotonicMs();
      live.bench.system.processes.gateway.kill('SIGKILL');
      await live.bench.system.restart('gateway');
      const liveAt = await group.liveAfter(killedAt);
      await delay(AROUND_MS);
      return (liveAt - killedAt) / 1_000;
    });
    const { lost, repeated } = await group.tally(live.next);
    return [
      { name: 'gateway killed → 10,000 watchers live again', values: [seconds], unit: 's', digits: 1 },
      { name: 'events lost', values: [lost], atMost: 0 },
      { name: 'events repeated', values: [repeated], atMost: 0 },
    ];
  });
}

/** Adds subscribers one after the other until `work` is done. */
async function whileAdding<Result>(live: LiveSystem, work: () => Promise<Result>): Promise<Result> {
  const over = new AbortController();
  const adding = async () => {
    while (!over.signal.aborted) {
      await live.add();
      await delay(BETWEEN_ADDITIONS_MS);
    }
  };
  const added = adding();
  try {
    // A failed addition ends the work, too.
    return await Promise.race([work(), added.then(() => new Promise<never>(() => {}))]);
  } finally {
    over.abort();
    await added;
  }
}
