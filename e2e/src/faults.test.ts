import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '@supergraph/tools/free-port';
import type { System } from '@supergraph/tools/system';
import { eventually } from './harness/eventually.js';
import { type Fault, FaultProxy } from './harness/fault-proxy.js';
import { codesOf, post } from './harness/http.js';
import { InspectedMemory } from './harness/inspected-memory.js';
import { ask, liveClient, watch } from './harness/live-client.js';
import { openFiles } from './harness/open-files.js';
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
      emailSubscriptions: async (origin) => {
        proxy = await FaultProxy.before(origin);
        return proxy.origin;
      },
    },
  });
  memory = await InspectedMemory.attach(port);
  url = system.gatewayUrl;
  ada = await newPerson(url, 'Ada');
});
afterEach(async () => {
  proxy.meet('none');
  proxy.cutAfter = null;
  // Being ready closes the breaker, and these make it forget the faults of the last test.
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

/** All that is healthy, and one error for what is not. */
async function expectPartialData(): Promise<void> {
  const answer = await both();
  expect(answer.status).toBe(200);
  expect(answer.data).toEqual({ viewer: { email: ada.email }, subscribers: null });
  expect(answer.errors).toEqual([OF_SUBSCRIBERS]);
}

async function expectHealth(): Promise<void> {
  const healed = await both();
  expect(healed.errors).toBeUndefined();
  expect(healed.data.subscribers.nodes).toEqual([]);
}

/** Asks until the gateway has had enough of the subgraph. */
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
  ])(
    'by %s costs its own fields and no more, tells nothing, and is served again when it is well',
    async (fault) => {
      proxy.meet(fault);
      await expectPartialData();
      proxy.meet('none');
      await expectHealth();
    },
  );

  test.each([1, 12, 60, 200])('by ending after %i bytes of an answer costs its own fields', async (bytes) => {
    proxy.cutAfter = bytes;
    proxy.meet('cut');
    await expectPartialData();
    proxy.meet('none');
    await expectHealth();
  });

  test('costs its own fields over WebSocket, too', async () => {
    const client = liveClient(url, ada.accessToken);
    for (const fault of ['reset', 'garbled body', 'black hole'] as const) {
      proxy.meet(fault);
      expect(await ask(client, BOTH)).toEqual({
        data: { viewer: { email: ada.email }, subscribers: null },
        errors: [OF_SUBSCRIBERS],
      });
    }
    await client.dispose();
  });

  test('by resetting connections is asked three times for a query, and once for a mutation', async () => {
    proxy.meet('reset');
    const before = proxy.asked;
    await expectPartialData();
    expect(proxy.asked - before).toBe(3);
    const mutation = `mutation { addSubscriber(input: { email: "${freshEmail()}" }) { created } }`;
    expect(codesOf(await post(url, mutation, { token: ada.accessToken }))).toEqual(['SUBGRAPH_UNAVAILABLE']);
    expect(proxy.asked - before).toBe(4);
  });

  test.each<[Fault]>([['reset'], ['black hole'], ['garbage']])(
    'by %s is soon not asked any more, costs no time then, and is asked again by itself when it is well',
    async (fault) => {
      proxy.meet(fault);
      await openBreaker();
      const before = proxy.asked;
      await Promise.all(Array.from({ length: 20 }, expectPartialData));
      // One of them may have been let through to see how it is.
      expect(proxy.asked - before).toBeLessThanOrEqual(3);
      proxy.meet('none');
      await eventually(both, ({ errors }) => errors === undefined);
    },
  );

  test('is ready as soon as it is, and then asked at once, whatever the breaker has seen', async () => {
    proxy.meet('reset');
    await openBreaker();
    expect(await ready()).toBe(503);
    proxy.meet('none');
    expect(await ready()).toBe(200);
    await expectHealth();
  });

  test('by taking connections and never answering ends live operations with an error on each', async () => {
    proxy.meet('black hole');
    const client = liveClient(url, ada.accessToken);
    const watching = watch(client, 'subscription { subscriberAdded { cursor } }');
    expect(await watching.waitForEnd()).toMatchObject([
      { extensions: { code: 'SUBSCRIPTION_UPSTREAM_LOST', retryAfterSeconds: expect.any(Number) } },
    ]);
    await client.dispose();
  });

  test('by being gone makes the gateway say that it is not ready, and name it', async () => {
    expect(await ready()).toBe(200);
    proxy.meet('reset');
    const response = await fetch(new URL('/health/ready', url));
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      status: 'unavailable',
      checks: { keys: 'up', revocations: 'up', users: 'up', 'email-subscriptions': 'down' },
    });
    proxy.meet('none');
    await eventually(ready, (status) => status === 200);
  });

  test('by __proto__ and constructor as keys of its JSON changes no prototype of ours', async () => {
    const evil = '"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}}';
    proxy.json = `{"data":{"subscribers":{"nodes":[{"id":"1",${evil}}],${evil}},${evil}},"extensions":{${evil}},${evil}}`;
    proxy.meet('scripted');
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

/** Requests that are under way together, none on a connection that this process keeps: it would keep any number. */
const storm = () =>
  Promise.all(
    Array.from({ length: STORM }, () =>
      post(url, BOTH, { token: ada.accessToken, headers: { connection: 'close' } }),
    ),
  );
const STORM = 50;

/**
 * Opens as many connections as any storm can, by letting all its requests wait at both subgraphs at once. Idle ones
 * stay open for a minute: without this, how many there are before the faults would depend on who was quick.
 */
async function openEveryConnection(): Promise<void> {
  const { users } = system.processes;
  const waitTogether = async () => {
    users.kill('SIGSTOP');
    proxy.hold();
    const answers = storm();
    await Promise.race([
      answers,
      eventually(
        () => proxy.held,
        (held) => held >= STORM,
      ),
    ]);
    users.kill('SIGCONT');
    proxy.release();
    return (await answers).flatMap(codesOf);
  };
  await eventually(waitTogether, (codes) => codes.length === 0);
}

test('files and memory return after hundreds of requests into every fault', async () => {
  const { pid } = system.processes.gateway;
  const storms = async () => {
    for (let wave = 0; wave < 3; wave += 1) await storm();
  };
  await storms();
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
    proxy.meet(fault);
    await storms();
    proxy.meet('none');
    await eventually(ready, (status) => status === 200);
    await storms();
  }
  if (before.files !== null)
    await eventually(
      () => openFiles(pid)!,
      (files) => files <= before.files! + 20,
    );
  await eventually(
    () => memory.least(),
    ({ live }) => live < before.memory.live + 4 * MEGABYTE,
  );
}, 120_000);

test('users being down leaves those who are logged in able to work', async () => {
  system.processes.users.kill('SIGKILL');
  await system.processes.users.exited;
  const answer = await both();
  expect(answer.data).toEqual({ viewer: null, subscribers: { nodes: [] } });
  expect(codesOf(answer)).toEqual(['SUBGRAPH_UNAVAILABLE']);
  await system.restart('users');
  expect(codesOf(await both())).toEqual([]);
});
