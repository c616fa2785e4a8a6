const FIRST_MS = 1_000;
const LONGEST_MS = 15 * 60_000;

/**
 * The delay before the next attempt, in milliseconds: exponential from a second to a quarter of an hour, with jitter.
 * @param attempts how many have failed, from 1
 */
export function backoffMs(attempts: number, random: () => number = Math.random): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempts - 1)) * (0.5 + random() / 2);
}
