import { Random } from './random.js';

/**
 * What a kill ends: any gateway, any replica of email-subscriptions, the replica that is the relay now, their Postgres,
 * the users subgraph, all connections between gateways and replicas, or a watcher's connection. A reload ends nothing:
 * it gives the gateways another schema.
 */
export const KINDS = [
  'gateway',
  'replica',
  'relay',
  'postgres',
  'users',
  'upstreams',
  'connection',
  'reload',
] as const;
export type Kind = (typeof KINDS)[number];

export interface PlannedKill {
  readonly kind: Kind;
  /** Says which of several is meant: to be taken modulo their number. */
  readonly victim: number;
  /**
   * Strikes without waiting for the system to recover from the kill before. Who is killed starts again at once. If not
   * in haste, a relay comes back only when another replica has taken over, and users when events came without it.
   */
  readonly hasty: boolean;
  readonly pauseMs: number;
}

const ONE_HASTY_IN = 2;
const LONGEST_PAUSE_MS = 800;
const LONGEST_HASTY_PAUSE_MS = 300;

/** The kills that a seed stands for, about as many of each kind, the first of each without haste. */
export function planKills(seed: number, count: number): PlannedKill[] {
  const random = new Random(seed);
  const kinds = Array.from({ length: count }, (_, index) => ({
    kind: KINDS[index % KINDS.length]!,
    isFirst: index < KINDS.length,
  }));
  return random.shuffled(kinds).map(({ kind, isFirst }) => {
    const hasty = random.below(ONE_HASTY_IN) === 0 && !isFirst;
    const pauseMs = random.below(hasty ? LONGEST_HASTY_PAUSE_MS : LONGEST_PAUSE_MS);
    return { kind, victim: random.below(1_000), hasty, pauseMs };
  });
}
