import { readdirSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '@supergraph/tools/free-port';
import type { System } from '@supergraph/tools/system';
import { eventually } from './harness/eventually.js';
import { type Fault, FaultProxy } from './harness/fault-proxy.js';
import { codesOf, post } from './harness/http.js';
import { InspectedMemory } from './harness/inspected-memory.js';
import { execute, liveClient, watch } from './harness/live-client.js';
import { freshEmail, newPerson, type Person } from './harness/people.js';
import { startTestSystem } from './harness/test-system.js';

const MEGABYTE = 1024 * 1024;

let system: System;
let proxy: FaultProxy;
let memory: InspectedMemory;
let url: string;
let ada: Person;
beforeAll(async () => {
  const port = await freePort();
  system = await startTestSystem({
    env: {
      gateway: {
        SUBGRAPH_TIMEOUT_MS: '3000',
        UPSTREAM_RETRY_MS: '1000',
        ...InspectedMemory.environment(port),
      },
    },
    between: {
      'email-subscriptions': async (origin) => {
        proxy = await FaultProxy.inFrontOf(origin);
        return proxy.origin;
      },
    },
  });
  memory = await InspectedMemory.attach(port);
  url = system.gatewayUrl;
  ada = await newPerson(url, 'Ada');
});
afterEach(async () => {
  proxy.inject('none');
  proxy.cutAfter = null;
  // A ready subgraph closes the breaker, and these requests push the failures of the last test out of its window.
  await eventually(ready, (status) => status === 200);
  await Promise.all(Array.from({ length: 50 }, both));
});
afterAll(async () => {
  memory?.close();
  await system?.stop();
  await proxy?.close();
});

const BOTH = '{ viewer { email } subscribers(first: 1, filter: { query: "no-such-name" }) { nodes { id } } }';
const both = () => post(url, BOTH, { token: ada.accessToken });
const ready = async () => (await fetch(new URL('/health/ready', url))).status;

const OF_SUBSCRIBERS = {
  message: 'A part of the system is not available right now. Please try again.',
  path: ['subscribers'],
  extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
};

/** The data of the healthy subgraph, and one error for the other. */
async function expectPartialData(): Promise<void> {
  const response = await both();
  expect(response.status).toBe(200);
  expect(response.data).toEqual({ viewer: { email: ada.email }, subscribers: null });
  expect(response.errors).toEqual([OF_SUBSCRIBERS]);
}

async function expectWholeData(): Promise<void> {
  const response = await both();
  expect(response.errors).toBeUndefined();
  expect(response.data.subscribers.nodes).toEqual([]);
}

/** Sends requests until the circuit breaker opens. */
async function openBreaker(): Promise<void> {
  const opened = () => system.processes.gateway.logs().filter((line) => line.includes('"open"')).length;
  const before = opened();
  await eventually(
    async () => {
      await Promise.all(Array.from({ length: 10 }, both));
      return opened();
    },
    (count) => count > before,
  );
}

describe('a subgraph that misbehaves', () => {
  test.each<[Fault]>([
    ['reset'],
    ['black hole'],
    ['latency'],
    ['html'],
    ['redirect'],
    ['garbage'],
    ['cut'],
    ['garbled head'],
    ['garbled body'],
  ])('by %s costs its own fields only, and is used again as soon as it works', async (fault) => {
    proxy.inject(fault);
    await expectPartialData();
    proxy.inject('none');
    await expectWholeData();
  });

  test.each([1, 60])('by closing after %i bytes of a response costs its own fields only', async (bytes) => {
    proxy.cutAfter = bytes;
    proxy.inject('cut');
    await expectPartialData();
    proxy.inject('none');
    await expectWholeData();
  });

  test('costs its own fields only over WebSocket', async () => {
    const client = liveClient(url, ada.accessToken);
    for (const fault of ['reset', 'garbled body', 'black hole'] as const) {
      proxy.inject(fault);
      expect(await execute(client, BOTH)).toEqual({
        data: { viewer: { email: ada.email }, subscribers: null },
        errors: [OF_SUBSCRIBERS],
      });
    }
    await client.dispose();
  });

  test('by resetting connections gets three attempts of a query, and one of a mutation', async () => {
    proxy.inject('reset');
    const before = proxy.requests;
    await expectPartialData();
    expect(proxy.requests - before).toBe(3);
    const mutation = `mutation { addSubscriber(input: { email: "${freshEmail()}" }) { created } }`;
    expect(codesOf(await post(url, mutation, { token: ada.accessToken }))).toEqual(['SUBGRAPH_UNAVAILABLE']);
    expect(proxy.requests - before).toBe(4);
  });

  test.each<[Fault]>([['reset'], ['black hole'], ['garbage']])(
    'by %s opens the breaker, which closes by itself once the subgraph works',
    async (fault) => {
      proxy.inject(fault);
      await openBreaker();
      const before = proxy.requests;
      await Promise.all(Array.from({ length: 20 }, expectPartialData));
      // The breaker may have let a probe through.
      expect(proxy.requests - before).toBeLessThanOrEqual(3);
      proxy.inject('none');
      await eventually(both, ({ errors }) => errors === undefined);
    },
  );

  test('is used again at once when it becomes ready, although the breaker was open', async () => {
    proxy.inject('reset');
    await openBreaker();
    expect(await ready()).toBe(503);
    proxy.inject('none');
    expect(await ready()).toBe(200);
    await expectWholeData();
  });

  test('by accepting connections and never responding ends each subscription with an error', async () => {
    proxy.inject('black hole');
    const client = liveClient(url, ada.accessToken);
    const watching = watch(client, 'subscription { subscriberAdded { cursor } }');
    expect(await watching.waitForEnd()).toMatchObject([
      { extensions: { code: 'SUBSCRIPTION_UPSTREAM_LOST', retryAfterSeconds: expect.any(Number) } },
    ]);
    await client.dispose();
  });

  test('makes the gateway not ready when it is down, and is named', async () => {
    expect(await ready()).toBe(200);
    proxy.inject('reset');
    const response = await fetch(new URL('/health/ready', url));
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      status: 'unavailable',
      checks: { keys: 'up', revocations: 'up', users: 'up', 'email-subscriptions': 'down' },
    });
    proxy.inject('none');
    await eventually(ready, (status) => status === 200);
  });

  test('cannot change a prototype by __proto__ and constructor in its JSON', async () => {
    const evil = '"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}}';
    proxy.json = `{"data":{"subscribers":{"nodes":[{"id":"1",${evil}}],${evil}},${evil}},"extensions":{${evil}},${evil}}`;
    proxy.inject('scripted');
    const { data, text } = await both();
    expect(data).toEqual({ viewer: { email: ada.email }, subscribers: { nodes: [{ id: '1' }] } });
    expect(text).not.toContain('polluted');
    proxy.json = `{"data":{"subscribers":null},"errors":[{"message":"x","path":["__proto__","polluted"],${evil}}]}`;
    await both();
    expect(await memory.evaluate('String({}.polluted) + String((() => {}).polluted)')).toBe(
      'undefinedundefined',
    );
  });
});

/** Sends requests in parallel, each on its own connection, because this process would keep any number open. */
const burst = () =>
  Promise.all(
    Array.from({ length: BURST }, () =>
      post(url, BOTH, { token: ada.accessToken, headers: { connection: 'close' } }),
    ),
  );
const BURST = 50;

/**
 * Opens as many connections as a burst can, by letting all its requests wait at both subgraphs at once. Idle ones stay
 * open for a minute. Without this the number before the faults would depend on timing.
 */
async function openEveryConnection(): Promise<void> {
  const users = system.processes.users!;
  const waitTogether = async () => {
    users.kill('SIGSTOP');
    proxy.hold();
    const responses = burst();
    await Promise.race([
      responses,
      eventually(
        () => proxy.held,
        (held) => held >= BURST,
      ),
    ]);
    users.kill('SIGCONT');
    proxy.release();
    return (await responses).flatMap(codesOf);
  };
  await eventually(waitTogether, (codes) => codes.length === 0);
}

/** The number of open files and sockets of a process. */
const openFiles = (pid: number) => (process.platform === 'linux' ? readdirSync(`/proc/${pid}/fd`).length : 0);

test('frees files and memory after hundreds of requests into each fault', async () => {
  const { pid } = system.processes.gateway;
  const bursts = async () => {
    for (let wave = 0; wave < 3; wave += 1) await burst();
  };
  await bursts();
  await openEveryConnection();
  const before = { files: openFiles(pid), memory: await memory.least() };
  for (const fault of [
    'reset',
    'cut',
    'garbled head',
    'garbled body',
    'html',
    'black hole',
    'latency',
  ] as const) {
    proxy.inject(fault);
    await bursts();
    proxy.inject('none');
    await eventually(ready, (status) => status === 200);
    await bursts();
  }
  await eventually(
    () => openFiles(pid),
    (files) => files <= before.files + 20,
  );
  await eventually(
    () => memory.least(),
    ({ live }) => live < before.memory.live + 4 * MEGABYTE,
  );
}, 120_000);

test('serves logged-in users while the users subgraph is down', async () => {
  system.processes.users!.kill('SIGKILL');
  await system.processes.users!.exited;
  const response = await both();
  expect(response.data).toEqual({ viewer: null, subscribers: { nodes: [] } });
  expect(codesOf(response)).toEqual(['SUBGRAPH_UNAVAILABLE']);
  await system.restart('users');
  expect(codesOf(await both())).toEqual([]);
});
