import { setTimeout as delay } from 'node:timers/promises';

const TIMEOUT_MS = 60_000;
const POLL_MS = 20;

/**
 * Polls until a condition holds.
 * @throws Error with `failure` and the last value
 */
export async function eventually<T>(
  look: () => T | Promise<T>,
  condition: (seen: T) => boolean,
  timeoutMs = TIMEOUT_MS,
  failure = 'the condition does not hold',
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (condition(seen)) return seen;
    if (Date.now() > deadline) throw new Error(`${failure} after ${timeoutMs} ms: ${JSON.stringify(seen)}`);
    await delay(POLL_MS);
  }
}
