import { setImmediate } from 'node:timers/promises';

/** Waits for a condition, for as long as the test may take. */
export async function waitUntil(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await setImmediate();
}
