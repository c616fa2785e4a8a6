import { setTimeout as delay } from 'node:timers/promises';

/** Runs `work` for each number below `count`, `atOnce` at a time. */
export async function repeat(
  count: number,
  atOnce: number,
  work: (n: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** @returns how often `atOnce` clients complete `work` per second, measured over `seconds` */
export async function timesPerSecond(
  atOnce: number,
  seconds: number,
  work: (client: number) => Promise<unknown>,
): Promise<number> {
  const startedAt = performance.now();
  const state = { count: 0, isOver: false };
  const client = async (_: unknown, n: number) => {
    while (!state.isOver) {
      await work(n);
      if (!state.isOver) state.count += 1;
    }
  };
  const all = Promise.all(Array.from({ length: atOnce }, client));
  await Promise.race([all, delay(seconds * 1_000)]);
  const tookMs = performance.now() - startedAt;
  state.isOver = true;
  await all;
  return (state.count / tookMs) * 1_000;
}
