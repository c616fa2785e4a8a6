import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '@supergraph/tools/fault';
import { withClient } from '@supergraph/tools/postgres-client';
import { randomSecrets } from '@supergraph/tools/secrets';
import { numberedAddress, numberedAddressSql } from '../additions/numbered-address.js';
import { Watcher } from '../additions/watcher.js';
import type { DurablePostgres } from '../durable-postgres.js';
import { printFigures } from '../figure.js';
import { residentMemory, resetPeakMemory } from '../resident-memory.js';
import { untilNumbered } from './event-log.js';
import { type Subgraph, withSubgraph } from './subgraph.js';
import { WATCH } from './watch.js';

const EVENTS = 100_000;
const WARM_UP = 100;
const SETTLE_MS = 1_000;
const ROUNDS = 3;
const MOST_MORE_MIB = 60;
const DEADLINE_MS = 120_000;

interface Round {
  readonly perSecond: number;
  readonly idleMiB: number;
  readonly peakMiB: number;
}

/** How fast one watcher catches up with many missed events, and what that takes of the service's memory. */
export async function replay(postgres: DurablePostgres): Promise<void> {
  const rounds: Round[] = [];
  await postgres.withDatabase('email-subscriptions', async (databaseUrl) => {
    const secrets = randomSecrets();
    const cursor = await withSubgraph(databaseUrl, secrets, async (subgraph) => {
      const before = await subgraph.endpoint.streamCursor();
      await addInBulk(databaseUrl);
      return before;
    });
    await postgres.checkpoint();
    for (let round = 0; round < ROUNDS; round += 1) {
      rounds.push(
        await withSubgraph(databaseUrl, secrets, (subgraph) =>
          catchUp(subgraph, cursor, EVENTS + round * WARM_UP),
        ),
      );
    }
  });
  const values = (of: (round: Round) => number) => rounds.map(of);
  printFigures(`A watcher catches up with ${EVENTS} events: ${ROUNDS} rounds, each at a fresh process`, [
    { name: 'events', values: values(({ perSecond }) => perSecond), unit: 'a second' },
    { name: 'memory, idle', values: values(({ idleMiB }) => idleMiB), unit: 'MiB' },
    { name: 'memory, peak', values: values(({ peakMiB }) => peakMiB), unit: 'MiB' },
    {
      name: 'memory, more',
      values: values(({ idleMiB, peakMiB }) => peakMiB - idleMiB),
      unit: 'MiB',
      atMost: MOST_MORE_MIB,
    },
  ]);
}

/** @returns when the relay has numbered all of them */
async function addInBulk(databaseUrl: string): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    await client.query(`
      WITH people AS MATERIALIZED (
        SELECT n, gen_random_uuid() AS id, ${numberedAddressSql('n')} AS email
        FROM generate_series(0, ${EVENTS - 1}) AS n
      ), added AS (
        INSERT INTO subscribers (id, email, email_normalized, search_text, status, added_at)
        SELECT id, email, email, upper(email) || chr(10), 'ACTIVE', now() FROM people
      )
      INSERT INTO outbox (type, subject_id, occurred_at)
      SELECT 'subscriber.added', id, now() FROM people ORDER BY n`);
    await untilNumbered(client, EVENTS, DEADLINE_MS);
  });
}

/** @param known how many subscribers there are, numbered from 0 */
async function catchUp(subgraph: Subgraph, after: string, known: number): Promise<Round> {
  await warmUp(subgraph, known);
  const missed = known + WARM_UP;
  resetPeakMemory(subgraph.pid);
  const idleMiB = residentMemory(subgraph.pid).now;
  const startedAt = performance.now();
  await watchAll(subgraph, after, missed);
  const perSecond = (missed * 1_000) / (performance.now() - startedAt);
  return { perSecond, idleMiB, peakMiB: residentMemory(subgraph.pid).peak };
}

/** A few additions and a watcher who sees them, so that "idle" includes what every working process has loaded. */
async function warmUp({ endpoint }: Subgraph, first: number): Promise<void> {
  let seen = 0;
  const watcher = await Watcher.open({ endpoint, query: WATCH, onNumber: () => (seen += 1) });
  for (let n = 0; n < WARM_UP; n += 1) await endpoint.add(numberedAddress(first + n));
  await delay(SETTLE_MS);
  watcher.close();
  if (seen !== WARM_UP) throw new Fault(`${seen} of ${WARM_UP} events arrived`);
}

/** Returns when all have arrived. @throws Fault at the first that is out of order, missing or repeated, or too late */
async function watchAll({ endpoint }: Subgraph, after: string, events: number): Promise<void> {
  let next = 0;
  let all = () => {};
  const done = new Promise<void>((resolve) => (all = resolve));
  const onNumber = (number: number) => {
    if (number !== next) throw new Fault(`event ${number} came instead of ${next}`);
    next += 1;
    if (next === events) all();
  };
  const watcher = await Watcher.open({ endpoint, query: WATCH, onNumber, after });
  const late = delay(DEADLINE_MS, undefined, { ref: false }).then(() => {
    throw new Fault(`${next} of ${events} events arrived`);
  });
  try {
    await Promise.race([done, watcher.broken, late]);
  } finally {
    watcher.close();
  }
}
