import { withClient } from '@supergraph/tools/postgres-client';
import { Client } from 'pg';
import type { DurablePostgres } from '../durable-postgres.js';
import { printFigures } from '../figure.js';
import { flushTimeMs } from '../flush-time.js';
import { addInTransaction, CHANNEL, type Variant } from './addition-transaction.js';

const CONNECTIONS = 64;
const WARM_UP_MS = 500;
const MEASURED_MS = 3_000;
const ROUNDS = 5;
const SLOWER_MS = 1;
const LEAST = { ofWithout: 0.8, ofNotify: 3 };

/**
 * Transactions of `addSubscriber` a second, by what they do besides the insert; no relay runs.
 *
 * With `pg_notify` every commit waits for a flush of its own, so its rate is the disk's: it is measured on the disk as
 * it is, and on one that is a millisecond slower, as disks in a network are. The bound is held on the latter: where a
 * flush takes a tenth of that, two cores are busy long before three times as many writes have waited for it.
 */
export async function writeCost(postgres: DurablePostgres): Promise<void> {
  const without: number[] = [];
  const outbox: number[] = [];
  const notify: number[] = [];
  const slowOutbox: number[] = [];
  const slowNotify: number[] = [];
  await postgres.withDatabase('email-subscriptions', (url) =>
    withClient(url, async (listener) => {
      // Somebody listens, as somebody would: a notification to nobody costs less.
      await listener.query(`LISTEN ${CHANNEL}`);
      const measure = (variant: Variant) => writesPerSecond(postgres, url, variant);
      for (let round = 0; round < ROUNDS; round += 1) {
        without.push(await measure('without outbox'));
        outbox.push(await measure('with outbox'));
        notify.push(await measure('with outbox and pg_notify'));
        await postgres.slowFlushes(url, SLOWER_MS);
        slowOutbox.push(await measure('with outbox'));
        slowNotify.push(await measure('with outbox and pg_notify'));
        await postgres.slowFlushes(url, 0);
      }
    }),
  );
  const what = `${ROUNDS} rounds of ${MEASURED_MS / 1_000} s, ${CONNECTIONS} connections`;
  printFigures(
    `Transactions of addSubscriber a second: ${what}; a flush takes ${flushTimeMs().toFixed(2)} ms`,
    [
      { name: 'without outbox', values: without },
      { name: 'with outbox', values: outbox },
      { name: 'with outbox and pg_notify', values: notify },
      { name: 'with : without', values: ratios(outbox, without), digits: 2, atLeast: LEAST.ofWithout },
      { name: 'with : pg_notify', values: ratios(outbox, notify), digits: 2 },
    ],
  );
  printFigures(`The same, each flush ${SLOWER_MS} ms slower`, [
    { name: 'with outbox', values: slowOutbox },
    { name: 'with outbox and pg_notify', values: slowNotify },
    { name: 'with : pg_notify', values: ratios(slowOutbox, slowNotify), digits: 2, atLeast: LEAST.ofNotify },
  ]);
}

function ratios(of: readonly number[], to: readonly number[]): number[] {
  return of.map((rate, round) => rate / (to[round] ?? NaN));
}

async function writesPerSecond(postgres: DurablePostgres, url: string, variant: Variant): Promise<number> {
  await withClient(url, (client) => client.query('TRUNCATE subscribers, outbox CASCADE'));
  await postgres.checkpoint();
  const clients = Array.from({ length: CONNECTIONS }, () => new Client({ connectionString: url }));
  try {
    await Promise.all(clients.map((client) => client.connect()));
    const from = performance.now() + WARM_UP_MS;
    const until = from + MEASURED_MS;
    let written = 0;
    const write = async (client: Client): Promise<void> => {
      for (;;) {
        await addInTransaction(client, variant);
        const now = performance.now();
        if (now > until) return;
        if (now > from) written += 1;
      }
    };
    await Promise.all(clients.map(write));
    return (written * 1_000) / MEASURED_MS;
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}
