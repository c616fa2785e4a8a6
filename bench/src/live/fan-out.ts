import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '@supergraph/tools/fault';
import { cpuTimeMs } from '../cpu-time.js';
import { printFigures } from '../figure.js';
import { median } from '../statistics.js';
import { withCrowd, type Crowd } from './crowd.js';
import { type FanOutServer, rooms, sharingOff } from './fan-out-server.js';
import type { LiveSystem } from './live-system.js';
import { type JoinedEvent, startPlainServer } from './plain-server-process.js';

const WATCHERS = 2_000;
const ROUNDS = 3;
const LEAST_CPU_RATIO = 50;
const MOST_TIME_RATIO = 1;
/** Whatever an event leaves to be done is done by then. */
const BETWEEN_EVENTS_MS = 100;

interface Round {
  /** Median of the round's events, from the cause to the last watcher. */
  readonly lastMs: number;
  /** Of the server, for each event. */
  readonly cpuMs: number;
  /** Of the server and the subgraphs behind it. */
  readonly allCpuMs: number;
}

/** What it takes to bring one event to many watchers: with rooms, without sharing, and without federation. */
export async function fanOut(live: LiveSystem): Promise<void> {
  const message = await withCrowd(live.crowd({ watchers: 1 }), async (crowd) => {
    return (await crowd.seenByAll(await live.add())).message;
  });
  const { payload } = JSON.parse(message) as { payload: { data: { subscriberAdded: JoinedEvent } } };
  const plain = await startPlainServer(live, payload.data.subscriberAdded);
  const servers = { rooms: rooms(live), sharingOff: sharingOff(live), plain };
  const rounds = { rooms: [] as Round[], sharingOff: [] as Round[], plain: [] as Round[] };
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const name of ['rooms', 'plain', 'sharingOff'] as const) {
        rounds[name].push(await measure(servers[name], message));
      }
    }
  } finally {
    await plain.stop();
  }
  printTimes(message.length, rounds);
}

async function measure(server: FanOutServer, sample: string): Promise<Round> {
  const round = await withCrowd(server.crowd(WATCHERS), async (crowd) => {
    await bring(server, crowd, sample);
    const times: number[] = [];
    const before = cpuOf(server);
    for (let n = 0; n < server.events; n += 1) times.push(await bring(server, crowd, sample));
    const after = cpuOf(server);
    return {
      lastMs: median(times),
      cpuMs: (after.own - before.own) / server.events,
      allCpuMs: (after.all - before.all) / server.events,
    };
  });
  await server.settle();
  console.log(
    `  ${server.name}: ${round.lastMs.toFixed(0)} ms to the last of ${WATCHERS}, ${round.cpuMs.toFixed(0)} ms of CPU`,
  );
  return round;
}

function cpuOf({ pid, allPids }: FanOutServer): { own: number; all: number } {
  return { own: cpuTimeMs(pid), all: allPids.reduce((sum, each) => sum + cpuTimeMs(each), 0) };
}

/** @returns milliseconds to the last watcher @throws Fault when what comes is not what the others send */
async function bring(server: FanOutServer, crowd: Crowd, sample: string): Promise<number> {
  const { number, at: causedAt } = await server.cause();
  const { at: seenAt, message } = await crowd.seenByAll(number);
  if (withoutCursor(message).length !== withoutCursor(sample).length)
    throw new Fault(`${server.name} sends something else: ${message}`);
  await delay(BETWEEN_EVENTS_MS);
  return seenAt - causedAt;
}

/** Cursors grow with the number in them. */
function withoutCursor(message: string): string {
  return message.replace(/"cursor":"[^"]*"/, '');
}

function printTimes(
  characters: number,
  rounds: Record<'rooms' | 'sharingOff' | 'plain', readonly Round[]>,
): void {
  const times = (of: readonly Round[]) => of.map(({ lastMs }) => lastMs);
  const cpu = (of: readonly Round[]) => of.map(({ cpuMs }) => cpuMs);
  const allCpu = (of: readonly Round[]) => of.map(({ allCpuMs }) => allCpuMs);
  printFigures(
    `From an event to the last of ${WATCHERS} watchers: ${ROUNDS} rounds, ${characters} bytes each`,
    [
      { name: 'rooms', values: times(rounds.rooms), unit: 'ms' },
      { name: 'sharing off', values: times(rounds.sharingOff), unit: 'ms' },
      { name: 'plain graphql-ws', values: times(rounds.plain), unit: 'ms' },
      {
        name: 'rooms : plain graphql-ws',
        values: ratios(times(rounds.rooms), times(rounds.plain)),
        digits: 2,
        atMost: MOST_TIME_RATIO,
      },
    ],
  );
  printFigures('CPU of the server for each of these events', [
    { name: 'rooms', values: cpu(rounds.rooms), unit: 'ms', digits: 1 },
    { name: 'sharing off', values: cpu(rounds.sharingOff), unit: 'ms' },
    { name: 'plain graphql-ws', values: cpu(rounds.plain), unit: 'ms', digits: 1 },
    {
      name: 'sharing off : rooms',
      values: ratios(cpu(rounds.sharingOff), cpu(rounds.rooms)),
      digits: 1,
      atLeast: LEAST_CPU_RATIO,
    },
  ]);
  printFigures('CPU of the gateway and both subgraphs for each of these events', [
    { name: 'rooms', values: allCpu(rounds.rooms), unit: 'ms', digits: 1 },
    { name: 'sharing off', values: allCpu(rounds.sharingOff), unit: 'ms' },
    {
      name: 'sharing off : rooms',
      values: ratios(allCpu(rounds.sharingOff), allCpu(rounds.rooms)),
      digits: 1,
    },
  ]);
}

function ratios(of: readonly number[], to: readonly number[]): number[] {
  return of.map((value, round) => value / (to[round] ?? NaN));
}
