import { Random } from './random.js';

/**
 * The targets of kills: a gateway, a replica of email-subscriptions, the replica that is the relay, their Postgres, the
 * users subgraph, all connections between gateways and replicas, or the connection of a watcher. A reload kills
 * nothing: it gives the gateways another schema.
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
  /** Selects one of several targets, modulo their number. */
  readonly victim: number;
  /**
   * Does not wait for recovery from the kill before, and restarts the victim at once. Without haste a relay restarts
   * after another replica took over, and users after an event arrived without it.
   */
  readonly hasty: boolean;
  readonly pauseMs: number;
}

const ONE_HASTY_IN = 2;
const LONGEST_PAUSE_MS = 800;
const LONGEST_HASTY_PAUSE_MS = 300;

/** The kills of a seed: about the same number of each kind, the first of each kind without haste. */
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
