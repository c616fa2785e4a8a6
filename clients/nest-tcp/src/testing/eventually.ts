import { setTimeout as delay } from 'node:timers/promises';

/** Waits for a condition; the time limit of the test bounds it. */
export async function eventually(isSo: () => boolean): Promise<void> {
  while (!isSo()) await delay(5);
}
