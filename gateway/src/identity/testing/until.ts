import { setTimeout as delay } from 'node:timers/promises';

const PATIENCE_MS = 10_000;
const POLL_MS = 2;

/** Waits for what happens by itself. */
export async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`still not so: ${String(isSo)}`);
    await delay(POLL_MS);
  }
}
