import { setTimeout as delay } from 'node:timers/promises';
import type { LiveSystem } from './live-system.js';

const BETWEEN_MS = 500;

/** Adds one subscriber after the other, a few a second, while something else goes on. */
export async function whileAdding<Result>(live: LiveSystem, work: () => Promise<Result>): Promise<Result> {
  const over = new AbortController();
  const adding = async () => {
    while (!over.signal.aborted) {
      await live.add();
      await delay(BETWEEN_MS);
    }
  };
  const added = adding();
  try {
    // An addition that fails ends the work, too.
    return await Promise.race([work(), added.then(() => new Promise<never>(() => {}))]);
  } finally {
    over.abort();
    await added;
  }
}
