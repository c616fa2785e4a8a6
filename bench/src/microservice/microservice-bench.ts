import { withClient } from '@supergraph/tools/postgres-client';
import type { System } from '@supergraph/tools/system';
import type { Client } from 'pg';
import { numberedAddress } from '../additions/numbered-address.js';
import { cpuTimeMs } from '../cpu-time.js';
import type { DurablePostgres } from '../durable-postgres.js';
import { type Figure, printFigures } from '../figure.js';
import { newEditor, OPEN_REGISTRATION } from '../people.js';
import { withProductionSystem } from '../production-system.js';
import { untilNumbered } from '../stream/event-log.js';
import { openWays, type Way, WAYS } from './ways.js';

/** The service works on no more messages of one TCP connection at a time. */
const AT_ONCE = 32;
const WARM_UP = 4_000;
const ADDITIONS = 4_000;
const ROUNDS = 5;
const DEADLINE_MS = 60_000;
const MOST_RATIO = 1;

const NAMES: Record<Way, string> = {
  send: 'TCP, send',
  emit: 'TCP, emit',
  subgraph: 'GraphQL at the subgraph',
  gateway: 'GraphQL through the gateway',
};

interface Round {
  readonly perSecond: number;
  /** CPU time of email-subscriptions for each addition. */
  readonly serviceMs: number;
  readonly gatewayMs: number;
}

/** Additions a second and the CPU time of each: over TCP, over GraphQL at email-subscriptions, and through the gateway. */
export async function microserviceBench(postgres: DurablePostgres): Promise<void> {
  const env = { users: OPEN_REGISTRATION, gateway: { RATE_LIMIT_OPERATIONS: '1000000000' } };
  await withProductionSystem(postgres, env, (system, { emailSubscriptions }) =>
    withClient(emailSubscriptions, (database) => compare(postgres, system, database)),
  );
}

async function compare(postgres: DurablePostgres, system: System, database: Client): Promise<void> {
  const ways = openWays(system, await newEditor(system.gatewayUrl), AT_ONCE);
  const { emailSubscriptions: service, gateway } = system.processes;
  const rounds: Record<Way, Round[]> = { send: [], emit: [], subgraph: [], gateway: [] };
  let added = 0;

  // An addition's cost includes the numbering of its event, and a numbered event proves that the addition arrived.
  const measure = async (way: Way, additions: number): Promise<Round> => {
    await postgres.checkpoint();
    const [serviceBefore, gatewayBefore] = [cpuTimeMs(service.pid), cpuTimeMs(gateway.pid)];
    const startedAt = performance.now();
    await addAll(ways.add[way], added, additions);
    const answeredAt = performance.now();
    added += additions;
    await untilNumbered(database, added, DEADLINE_MS);
    const tookMs = (way === 'emit' ? performance.now() : answeredAt) - startedAt;
    return {
      perSecond: (additions * 1_000) / tookMs,
      serviceMs: (cpuTimeMs(service.pid) - serviceBefore) / additions,
      gatewayMs: (cpuTimeMs(gateway.pid) - gatewayBefore) / additions,
    };
  };

  try {
    console.log('microservice: warming up');
    for (const way of WAYS) await measure(way, WARM_UP);
    for (let round = 1; round <= ROUNDS; round += 1) {
      console.log(`microservice: round ${round} of ${ROUNDS}`);
      for (const way of WAYS) rounds[way].push(await measure(way, ADDITIONS));
    }
  } finally {
    await ways.close();
  }
  print(rounds, added - (await countSubscribers(database)));
}

async function addAll(add: (email: string) => Promise<void>, first: number, additions: number) {
  let next = first;
  const one = async () => {
    while (next < first + additions) await add(numberedAddress(next++));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

async function countSubscribers(database: Client): Promise<number> {
  const { rows } = await database.query<{ count: string }>('SELECT count(*) FROM subscribers');
  return Number(rows[0]?.count);
}

function print(rounds: Record<Way, Round[]>, missing: number): void {
  const values = (way: Way, of: (round: Round) => number) => rounds[way].map(of);
  const serviceMs = (way: Way) => values(way, (round) => round.serviceMs);
  const ms = { unit: 'ms', digits: 3 };
  printFigures(`Additions: ${ROUNDS} rounds of ${ADDITIONS} for each way, ${AT_ONCE} at once`, [
    ...WAYS.map((way) => ({
      name: NAMES[way],
      values: values(way, ({ perSecond }) => perSecond),
      unit: 'a second',
    })),
    { name: 'additions that are not in the database', values: [missing], atMost: 0 },
  ]);
  printFigures('CPU time for each addition', [
    ...WAYS.map((way): Figure => ({
      name: `email-subscriptions, ${NAMES[way]}`,
      values: serviceMs(way),
      ...ms,
    })),
    { name: `gateway, ${NAMES.gateway}`, values: values('gateway', ({ gatewayMs }) => gatewayMs), ...ms },
    {
      name: 'email-subscriptions, TCP : GraphQL at the subgraph',
      values: serviceMs('send').map((cost, round) => cost / (serviceMs('subgraph')[round] ?? NaN)),
      digits: 2,
      atMost: MOST_RATIO,
    },
  ]);
}
