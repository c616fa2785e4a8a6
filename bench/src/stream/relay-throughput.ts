import { withClient } from '@supergraph/tools/postgres-client';
import { randomSecrets } from '@supergraph/tools/secrets';
import type { Client } from 'pg';
import type { DurablePostgres } from '../durable-postgres.js';
import { printFigures } from '../figure.js';
import { untilNumbered } from './event-log.js';
import { withSubgraph } from './subgraph.js';

const WAITING = 200_000;
const ROUNDS = 3;
const LEAST_PER_SECOND = 20_000;
const DEADLINE_MS = 120_000;

/** How many committed outbox rows a second the relay numbers, when it comes back to many of them. */
export async function relayThroughput(postgres: DurablePostgres): Promise<void> {
  const values: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    values.push(
      await postgres.withDatabase('email-subscriptions', (url) => numberedPerSecond(postgres, url)),
    );
  }
  printFigures(`The relay: ${ROUNDS} rounds, ${WAITING} committed outbox rows wait for it`, [
    { name: 'rows numbered', values, unit: 'a second', atLeast: LEAST_PER_SECOND },
  ]);
}

async function numberedPerSecond(postgres: DurablePostgres, databaseUrl: string): Promise<number> {
  return withClient(databaseUrl, async (client) => {
    await client.query(
      `INSERT INTO outbox (type, subject_id, occurred_at)
       SELECT 'subscriber.added', gen_random_uuid(), now() FROM generate_series(1, ${WAITING})`,
    );
    await postgres.checkpoint();
    // The relay does not wait until its service is ready, so neither do we.
    const measured = measure(client);
    const [perSecond] = await Promise.all([
      measured,
      withSubgraph(databaseUrl, randomSecrets(), () => measured),
    ]);
    return perSecond;
  });
}

/** From the first batch that is seen to the last; the rows of the first one were numbered before, and do not count. */
async function measure(client: Client): Promise<number> {
  const before = await untilNumbered(client, 1, DEADLINE_MS);
  const startedAt = performance.now();
  const after = await untilNumbered(client, WAITING, DEADLINE_MS);
  return ((after - before) / (performance.now() - startedAt)) * 1_000;
}
