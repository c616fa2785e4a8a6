import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '@supergraph/tools/fault';
import { freePort } from '@supergraph/tools/free-port';
import { startChild } from '../child.js';
import { type Figure, ratios } from '../figure.js';
import { monotonicMs } from '../monotonic.js';
import { numberedAddress } from '../numbered-address.js';
import { cpuTimeMs } from '../process-usage.js';
import { median } from '../statistics.js';
import { type WatcherGroup, withWatchers } from './watcher-group.js';
import type { LiveSystem } from './live-system.js';
import type { PlainServerReport, PlainServerTask } from './plain-server.js';

const WATCHERS = 2_000;
const EVENTS = 20;
const ROUNDS = 3;
const MOST_RATIO = 0.5;
/** Lets the server finish its work for an event before the next one. */
const BETWEEN_EVENTS_MS = 100;

interface Server {
  readonly pid: number;
  readonly url: string;
  /** Publishes one event. @returns its number, and when it was published (`monotonicMs`) */
  publish(): Promise<{ number: number; at: number }>;
}

/** The last watcher's time, and the server's CPU time, in milliseconds per event. */
interface Round {
  readonly lastMs: number;
  readonly cpuMs: number;
}

/** The cost of sending one event to many watchers: by the gateway, and by a plain graphql-ws server without federation. */
export async function fanOut(live: LiveSystem): Promise<Figure[]> {
  const message = await withWatchers(live.watchers(1), async (group) => {
    return (await group.seenByAll(await live.add())).message;
  });
  const ours: Server = {
    pid: live.gatewayPid,
    url: live.bench.gateway.webSocketUrl,
    publish: async () => ({ number: await live.add(), at: monotonicMs() }),
  };
  const plain = await startPlainServer(live, message);
  const rounds: { ours: Round[]; plain: Round[] } = { ours: [], plain: [] };
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      rounds.ours.push(await measure(live, ours, message));
      rounds.plain.push(await measure(live, plain, message));
    }
  } finally {
    await plain.stop();
  }
  const times = (of: readonly Round[]) => of.map(({ lastMs }) => lastMs);
  const cpu = (of: readonly Round[]) => of.map(({ cpuMs }) => cpuMs);
  const ms = { unit: 'ms' };
  return [
    { name: 'event → last of 2,000, this gateway', values: times(rounds.ours), ...ms },
    { name: 'event → last of 2,000, plain graphql-ws', values: times(rounds.plain), ...ms },
    { name: 'CPU per event, this gateway', values: cpu(rounds.ours), ...ms, digits: 1 },
    { name: 'CPU per event, plain graphql-ws', values: cpu(rounds.plain), ...ms, digits: 1 },
    {
      name: 'CPU per event, ratio',
      values: ratios(cpu(rounds.ours), cpu(rounds.plain)),
      digits: 2,
      atMost: MOST_RATIO,
    },
  ];
}

async function measure(live: LiveSystem, server: Server, sample: string): Promise<Round> {
  return withWatchers(live.watchers(WATCHERS, server.url), async (group) => {
    await publish(server, group, sample);
    const before = cpuTimeMs(server.pid);
    const times: number[] = [];
    for (let n = 0; n < EVENTS; n += 1) times.push(await publish(server, group, sample));
    return { lastMs: median(times), cpuMs: (cpuTimeMs(server.pid) - before) / EVENTS };
  });
}

/** @returns milliseconds until the last watcher has the event @throws Fault when it is not like the sample */
async function publish(server: Server, group: WatcherGroup, sample: string): Promise<number> {
  const { number, at: publishedAt } = await server.publish();
  const { at: seenAt, message } = await group.seenByAll(number);
  if (withoutCursor(message).length !== withoutCursor(sample).length)
    throw new Fault(`unexpected event: ${message}`);
  await delay(BETWEEN_EVENTS_MS);
  return seenAt - publishedAt;
}

/** The length of a cursor grows with the number in it. */
function withoutCursor(message: string): string {
  return message.replace(/"cursor":"[^"]*"/, '');
}

/** @param sample an event message of the gateway. The plain server sends the same, but for the address */
async function startPlainServer(
  live: LiveSystem,
  sample: string,
): Promise<Server & { stop(): Promise<void> }> {
  const { payload } = JSON.parse(sample) as {
    payload: { data: { subscriberAdded: { subscriber: { email: string } } } };
  };
  const event = payload.data.subscriberAdded;
  const task: PlainServerTask = { port: await freePort() };
  const child = await startChild(new URL('./plain-server.js', import.meta.url), task);
  return {
    pid: child.pid,
    url: `ws://127.0.0.1:${task.port}/graphql`,
    async publish() {
      const number = live.take(1);
      child.process.send({ ...event, subscriber: { ...event.subscriber, email: numberedAddress(number) } });
      const [{ at }] = (await once(child.process, 'message')) as [PlainServerReport];
      return { number, at };
    },
    stop: () => child.stop(),
  };
}
