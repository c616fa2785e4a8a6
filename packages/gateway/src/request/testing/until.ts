import { setTimeout as delay } from 'node:timers/promises';

const TIMEOUT_MS = 10_000;
const POLL_MS = 2;

/** Waits until a condition is true. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`timed out while waiting for: ${String(condition)}`);
    await delay(POLL_MS);
  }
}
