import { setTimeout as delay } from 'node:timers/promises';

/**
 * Has so many clients each do something again and again, all at once, for so long; then each ends what it is at.
 * @param once answers false when it was not done
 * @returns how often it was done a second, until then
 */
export async function timesPerSecond(
  clients: number,
  seconds: number,
  once: (client: number) => Promise<boolean | void>,
): Promise<number> {
  const startedAt = performance.now();
  const crowd = { count: 0, isOver: false };
  const all = Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      while (!crowd.isOver) {
        const isDone = (await once(client)) !== false;
        if (isDone && !crowd.isOver) crowd.count += 1;
      }
    }),
  );
  await Promise.race([all, delay(seconds * 1_000)]);
  const tookMs = performance.now() - startedAt;
  crowd.isOver = true;
  await all;
  return (crowd.count / tookMs) * 1_000;
}
