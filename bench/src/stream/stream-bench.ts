import type { DurablePostgres } from '../durable-postgres.js';
import { delivery } from './delivery.js';
import { relayThroughput } from './relay-throughput.js';
import { replay } from './replay.js';
import { writeCost } from './write-cost.js';

/** What the event stream of email-subscriptions costs, from a writer's transaction to a watcher's socket. */
export async function streamBench(postgres: DurablePostgres): Promise<void> {
  await writeCost(postgres);
  await delivery(postgres);
  await replay(postgres);
  await relayThroughput(postgres);
}
