import { randomSecrets } from '@supergraph/tools/secrets';
import { printDelivery } from '../additions/delivery-rounds.js';
import type { DurablePostgres } from '../durable-postgres.js';
import { withSubgraph } from './subgraph.js';
import { WATCH } from './watch.js';

/** How soon an addition reaches those who watch the subgraph itself. */
export async function delivery(postgres: DurablePostgres): Promise<void> {
  await postgres.withDatabase('email-subscriptions', (databaseUrl) =>
    withSubgraph(databaseUrl, randomSecrets(), ({ endpoint, pid }) =>
      printDelivery({
        title: 'From the answer to an addition to its event',
        endpoint,
        query: WATCH,
        first: 0,
        service: { name: 'the service', pid },
        mostMs: { p50: 10, p99: 30 },
      }),
    ),
  );
}
