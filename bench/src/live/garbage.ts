import { setTimeout as delay } from 'node:timers/promises';

const COLLECTIONS = 3;
const BETWEEN_MS = 1_000;

/** Environment of a process that collects its garbage when it is told to; the program itself knows nothing of it. */
export const COLLECTS_ON_SIGNAL = {
  NODE_OPTIONS: `--import=${new URL('./collect-on-signal.js', import.meta.url).href}`,
};

/** Has a process that was started with {@link COLLECTS_ON_SIGNAL} let go of what nobody holds. */
export async function collectGarbage(pid: number): Promise<void> {
  // More than once: what the first one finalises, the next one frees, and V8 gives pages back a little later.
  for (let n = 0; n < COLLECTIONS; n += 1) {
    process.kill(pid, 'SIGUSR2');
    await delay(BETWEEN_MS);
  }
}
