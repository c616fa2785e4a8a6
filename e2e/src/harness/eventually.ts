import { setTimeout as delay } from 'node:timers/promises';

const TIMEOUT_MS = 60_000;
const POLL_MS = 20;

/** Polls until a condition holds; the error has the last value. */
export async function eventually<T>(
  look: () => T | Promise<T>,
  condition: (seen: T) => boolean,
  timeoutMs = TIMEOUT_MS,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (condition(seen)) return seen;
    if (Date.now() > deadline)
      throw new Error(`the condition does not hold after ${timeoutMs} ms: ${JSON.stringify(seen)}`);
    await delay(POLL_MS);
  }
}
