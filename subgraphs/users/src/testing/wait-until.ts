import { setImmediate } from 'node:timers/promises';

/** Waits for a condition, up to the time limit of the test. */
export async function waitUntil(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await setImmediate();
}
