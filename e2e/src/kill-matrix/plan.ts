import { Dice } from './dice.js';

/** What a kill ends: any replica, the one that is the relay now, Postgres, or a watcher's connection. */
export const KINDS = ['replica', 'relay', 'postgres', 'connection'] as const;
export type Kind = (typeof KINDS)[number];

export interface PlannedKill {
  readonly kind: Kind;
  /** Says which of several is meant: to be taken modulo their number. */
  readonly victim: number;
  /**
   * Strikes without waiting for the system to recover from the kill before. Who is killed starts again at once, but
   * that a relay which is not killed in haste comes back only when another replica has taken over.
   */
  readonly hasty: boolean;
  readonly pauseMs: number;
}

const ONE_HASTY_IN = 3;
const LONGEST_PAUSE_MS = 800;
const LONGEST_HASTY_PAUSE_MS = 300;

/** The kills that a seed stands for, about as many of each kind. */
export function planKills(seed: number, count: number): PlannedKill[] {
  const dice = new Dice(seed);
  const kinds = Array.from({ length: count }, (_, index) => KINDS[index % KINDS.length]!);
  return dice.shuffled(kinds).map((kind) => {
    const hasty = dice.whole(ONE_HASTY_IN) === 0;
    const pauseMs = dice.whole(hasty ? LONGEST_HASTY_PAUSE_MS : LONGEST_PAUSE_MS);
    return { kind, victim: dice.whole(1_000), hasty, pauseMs };
  });
}
