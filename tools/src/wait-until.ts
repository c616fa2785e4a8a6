import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 5;

/** Waits for a condition. The timeout of the test is the limit. */
export async function waitUntil(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(POLL_MS);
}
