import { withBenchSystem } from '../bench-system.js';
import type { DurablePostgres } from '../durable-postgres.js';
import type { Figure } from '../figure.js';
import { resumption } from './resumption.js';
import { delivery } from './delivery.js';
import { fanOut } from './fan-out.js';
import { LiveSystem } from './live-system.js';

/** One user opens all subscriptions. */
const GATEWAY = {
  LIVE_CONNECTIONS: '20000',
  LIVE_CONNECTIONS_PER_VIEWER: '20000',
  LIVE_OPERATIONS_PER_VIEWER: '20000',
};

/** How long an event takes to one and to many watchers, its cost, and how soon watchers resume after a crash. */
export async function liveBench(postgres: DurablePostgres): Promise<Figure[]> {
  return withBenchSystem(postgres, { gateway: GATEWAY }, async (bench) => {
    const live = new LiveSystem(bench);
    return [...(await delivery(live)), ...(await fanOut(live)), ...(await resumption(live))];
  });
}
