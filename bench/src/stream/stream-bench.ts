import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '@supergraph/tools/fault';
import { withClient } from '@supergraph/tools/postgres-client';
import { type BenchSystem, withBenchSystem } from '../bench-system.js';
import type { DurablePostgres } from '../durable-postgres.js';
import type { Figure } from '../figure.js';
import { numberedAddress, numberedAddressSql } from '../numbered-address.js';
import { residentMemory, resetPeakMemory } from '../process-usage.js';
import { Watcher } from '../watcher.js';
import { untilNumbered } from './event-log.js';

const EVENTS = 100_000;
const WARM_UP = 100;
const SETTLE_MS = 1_000;
const ROUNDS = 3;
const MOST_MORE_MIB = 60;
const DEADLINE_MS = 120_000;

const WATCH = `subscription ($after: String) {
  subscriberAdded(after: $after, bookmarks: true) { cursor subscriber { id email } }
}`;

interface Round {
  readonly perSecond: number;
  readonly idleMiB: number;
  readonly peakMiB: number;
}

/** How fast one watcher of email-subscriptions catches up with many missed events, and how much memory that takes. */
export async function streamBench(postgres: DurablePostgres): Promise<Figure[]> {
  return withBenchSystem(postgres, {}, async (bench) => {
    const { subscribers } = await bench
      .subgraph('email-subscriptions')
      .query<{ subscribers: { streamCursor: string } }>('{ subscribers(first: 1) { streamCursor } }');
    await addInBulk(bench.databaseUrls['email-subscriptions']!);
    await postgres.checkpoint();
    const rounds: Round[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      // A fresh process, so that each round starts with the same memory.
      await bench.system.restart('email-subscriptions');
      rounds.push(await catchUp(bench, subscribers.streamCursor, EVENTS + round * WARM_UP));
    }
    const values = (of: (round: Round) => number) => rounds.map(of);
    return [
      { name: 'events per second', values: values(({ perSecond }) => perSecond) },
      { name: 'memory, idle', values: values(({ idleMiB }) => idleMiB), unit: 'MiB' },
      { name: 'memory, peak', values: values(({ peakMiB }) => peakMiB), unit: 'MiB' },
      {
        name: 'difference',
        values: values(({ idleMiB, peakMiB }) => peakMiB - idleMiB),
        unit: 'MiB',
        atMost: MOST_MORE_MIB,
      },
    ];
  });
}

/** Returns when the relay has numbered all events. */
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
    await untilNumbered(client, EVENTS);
  });
}

/** @param known how many subscribers there are, numbered from 0 */
async function catchUp(bench: BenchSystem, after: string, known: number): Promise<Round> {
  const { pid } = bench.system.processes['email-subscriptions']!;
  await warmUp(bench, known);
  const missed = known + WARM_UP;
  resetPeakMemory(pid);
  const idleMiB = residentMemory(pid).now;
  const startedAt = performance.now();
  await watchAll(bench, after, missed);
  const perSecond = (missed * 1_000) / (performance.now() - startedAt);
  return { perSecond, idleMiB, peakMiB: residentMemory(pid).peak };
}

/** Adds and watches a few events first, so that "idle" includes all code that the process has loaded. */
async function warmUp(bench: BenchSystem, first: number): Promise<void> {
  const subgraph = bench.subgraph('email-subscriptions');
  let seen = 0;
  const watcher = await Watcher.open({ endpoint: subgraph, query: WATCH, onNumber: () => (seen += 1) });
  for (let n = 0; n < WARM_UP; n += 1) await subgraph.add(numberedAddress(first + n));
  await delay(SETTLE_MS);
  watcher.close();
  if (seen !== WARM_UP) throw new Fault(`${seen} of ${WARM_UP} events arrived`);
}

/** Returns when all events have arrived. @throws Fault at the first event that is out of order, missing or repeated */
async function watchAll(bench: BenchSystem, after: string, events: number): Promise<void> {
  const endpoint = bench.subgraph('email-subscriptions');
  let next = 0;
  let all = () => {};
  const done = new Promise<void>((resolve) => (all = resolve));
  const onNumber = (number: number) => {
    if (number !== next) throw new Fault(`received event ${number} instead of ${next}`);
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
