import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort } from '@supergraph/tools/free-port';
import { WebSocket } from 'ws';
import { eventually } from './harness/eventually.js';
import { InspectedMemory } from './harness/inspected-memory.js';
import { length } from './harness/length.js';
import { newPerson, type Person } from './harness/people.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';

const MIB = 1024 * 1024;
/** Four hundred messages are three times as many bytes as unfinished messages may hold. */
const SOCKETS = length(400, 2_000);
/** An address may have 500 anonymous sockets: a tenth of a quarter of 20,000. */
const PER_ADDRESS = 400;
const AT_A_TIME = 50;
const FRAGMENT = Buffer.alloc(25 * 1024, 'x');
const FRAGMENTS = 10;
/** The limit for unfinished messages. */
const MOST_LIVE = 64 * MIB;
/** Includes garbage of the 500 MiB that pass through. Without a limit they would stay. */
const MOST_RESIDENT = 300 * MIB;

let system: TestSystem;
let memory: InspectedMemory;
let ada: Person;
beforeAll(async () => {
  const port = await freePort();
  system = await startTestSystem({ env: { gateway: InspectedMemory.environment(port) } });
  memory = await InspectedMemory.attach(port);
  ada = await newPerson(system.gatewayUrl, 'Ada');
});
const sockets: WebSocket[] = [];
let sampling: NodeJS.Timeout | undefined;
afterAll(async () => {
  clearInterval(sampling);
  for (const socket of sockets) socket.terminate();
  memory?.close();
  await system?.stop();
});

/** The resident set size of a process, in bytes. */
const residentBytes = (pid: number) =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

/** Connects, and returns when the gateway has accepted it. */
async function accepted(localAddress: string, authorization?: string): Promise<WebSocket> {
  const socket = new WebSocket(system.gatewayUrl.replace(/^http/, 'ws'), 'graphql-transport-ws', {
    localAddress,
  });
  sockets.push(socket);
  socket.on('error', () => {});
  await once(socket, 'open');
  const payload = authorization && { authorization };
  socket.send(JSON.stringify({ type: 'connection_init', ...(payload && { payload }) }));
  expect(String((await once(socket, 'message'))[0])).toBe('{"type":"connection_ack"}');
  return socket;
}

test('closes anonymous sockets with endless messages in time, within a memory limit', async () => {
  const known = await accepted('127.0.0.1', `Bearer ${ada.accessToken}`);
  const flood: WebSocket[] = [];
  while (flood.length < SOCKETS) {
    const address = `127.0.0.${2 + Math.floor(flood.length / PER_ADDRESS)}`;
    flood.push(...(await Promise.all(Array.from({ length: AT_A_TIME }, () => accepted(address)))));
  }
  const pid = system.processes.gateway.pid;
  const before = await memory.least();
  let peak = 0;
  sampling = setInterval(() => (peak = Math.max(peak, residentBytes(pid))), 100);

  // The message of a user is fragmented as well, and begins before the others.
  known.send('{"id":"1","type":"subscribe","payload":', { fin: false });
  const replied = Promise.race([once(known, 'message'), once(known, 'close')]);
  let closed = 0;
  const endless = flood.map(async (socket) => {
    const close = once(socket, 'close');
    await new Promise((resolve) => socket.send(FRAGMENT, { fin: false }, resolve));
    for (let piece = 1; piece < FRAGMENTS; piece += 1) socket.send(FRAGMENT, { fin: false });
    await close;
    closed += 1;
  });
  await eventually(
    () => closed,
    (count) => count >= SOCKETS / 10,
  );
  known.send('{"query":"{ viewer { email } }"}}');
  const [response] = await replied;
  expect(JSON.parse(String(response))).toMatchObject({
    type: 'next',
    payload: { data: { viewer: { email: ada.email } } },
  });
  const during = await memory.least();
  await Promise.all(endless);
  clearInterval(sampling);
  const after = await memory.least();
  const mib = (bytes: number) => (bytes / MIB).toFixed(0);
  process.stdout.write(
    `resident: ${mib(before.resident)} MiB before, ${mib(peak)} at the peak, ${mib(after.resident)} after; ` +
      `live: ${mib(before.live)}, ${mib(during.live)}, ${mib(after.live)}\n`,
  );
  expect(during.live - before.live).toBeLessThan(MOST_LIVE);
  expect(after.live - before.live).toBeLessThan(8 * MIB);
  expect(peak - before.resident).toBeLessThan(MOST_RESIDENT);
}, 120_000);
