import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort } from '@supergraph/tools/free-port';
import { WebSocket } from 'ws';
import { eventually } from './harness/eventually.js';
import { InspectedMemory } from './harness/inspected-memory.js';
import { openUpstreams } from './harness/live-client.js';
import { newPerson, type Person } from './harness/people.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';

const WATCHERS = 1_000;
/** Parallel connects. */
const AT_A_TIME = 50;
const MORE_ROUNDS = 3;
const MIB = 1024 * 1024;
const MOST_LIVE_GROWTH = 5 * MIB;
/** The allocator keeps some pages. */
const MOST_RESIDENT_GROWTH = 30 * MIB;

const WATCH = `subscription ($filter: SubscriberFilter) {
  subscriberAdded(bookmarks: true, filter: $filter) { cursor subscriber { email addedBy { displayName } } }
}`;
const FILTERS = [{}, ...['ada', 'grace', 'linus', 'mary'].map((query) => ({ query }))];

let system: TestSystem;
let memory: InspectedMemory;
let ada: Person;
beforeAll(async () => {
  const port = await freePort();
  system = await startTestSystem({
    env: {
      gateway: {
        ...InspectedMemory.environment(port),
        LIVE_CONNECTIONS: '20000',
        LIVE_CONNECTIONS_PER_VIEWER: '20000',
        LIVE_OPERATIONS_PER_VIEWER: '20000',
      },
    },
  });
  memory = await InspectedMemory.attach(port);
  ada = await newPerson(system.gatewayUrl, 'Ada');
});
afterAll(async () => {
  memory?.close();
  await system?.stop();
});

/** Watches on a new socket; resolves with the first bookmark. */
async function watch(filter: object): Promise<WebSocket> {
  const socket = new WebSocket(system.gatewayUrl.replace(/^http/, 'ws'), 'graphql-transport-ws');
  const send = (message: object) => socket.send(JSON.stringify(message));
  socket.once('open', () =>
    send({ type: 'connection_init', payload: { authorization: `Bearer ${ada.accessToken}` } }),
  );
  return new Promise((resolve, reject) => {
    socket.on('message', (data: Buffer) => {
      const { type } = JSON.parse(data.toString()) as { type: string };
      if (type === 'connection_ack')
        send({ id: '1', type: 'subscribe', payload: { query: WATCH, variables: { filter } } });
      else if (type === 'next') resolve(socket);
      else reject(new Error(data.toString()));
    });
    socket.once('error', reject);
    socket.once('close', (code) => reject(new Error(`closed with ${code}`)));
  });
}

/** A thousand watchers in several rooms connect, and their connections break without a close frame. */
async function round(): Promise<void> {
  const sockets: WebSocket[] = [];
  while (sockets.length < WATCHERS) {
    const coming = Array.from({ length: AT_A_TIME }, (_, n) => watch(FILTERS[n % FILTERS.length]!));
    sockets.push(...(await Promise.all(coming)));
  }
  expect(await openUpstreams(system.gatewayUrl)).toBe(FILTERS.length);
  for (const socket of sockets) socket.terminate();
  await eventually(
    () => openUpstreams(system.gatewayUrl),
    (open) => open === 0,
  );
}

test('frees upstreams and memory when a thousand watchers of a quiet stream vanish', async () => {
  await round();
  const before = await memory.least();
  for (let more = 0; more < MORE_ROUNDS; more += 1) await round();
  const after = await memory.least();
  const live = after.live - before.live;
  const resident = after.resident - before.resident;
  process.stdout.write(`vanished watchers: ${mib(live)} MiB live, ${mib(resident)} MiB resident more\n`);
  expect(live).toBeLessThan(MOST_LIVE_GROWTH);
  expect(resident).toBeLessThan(MOST_RESIDENT_GROWTH);
}, 180_000);

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}
