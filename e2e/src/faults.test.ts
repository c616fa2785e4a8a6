import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { eventually } from './harness/eventually.js';
import { type Fault, FaultProxy } from './harness/fault-proxy.js';
import { codesOf, post } from './harness/http.js';
import { liveClient, watch } from './harness/live-client.js';
import { newPerson, type Person } from './harness/people.js';
import { startTestSystem } from './harness/test-system.js';

let system: System;
let proxy: FaultProxy;
let url: string;
let ada: Person;
beforeAll(async () => {
  system = await startTestSystem({
    env: { gateway: { SUBGRAPH_TIMEOUT_MS: '1000', UPSTREAM_RETRY_MS: '1000' } },
    between: {
      emailSubscriptions: async (origin) => {
        proxy = await FaultProxy.before(origin);
        return proxy.origin;
      },
    },
  });
  url = system.gatewayUrl;
  ada = await newPerson(url, 'Ada');
});
afterEach(() => proxy.meet('none'));
afterAll(async () => {
  await system?.stop();
  await proxy?.close();
});

const BOTH = '{ viewer { email } subscribers(first: 1) { nodes { id } } }';
const ready = async () => (await fetch(new URL('/health/ready', url))).status;

describe('a subgraph that misbehaves', () => {
  test.each<[Fault]>([['reset'], ['black hole'], ['html'], ['redirect'], ['garbage'], ['cut']])(
    'by %s costs its own fields and no more, tells nothing, and is served again when it is well',
    async (fault) => {
      proxy.meet(fault);
      const answer = await post(url, BOTH, { token: ada.accessToken });
      expect(answer.status).toBe(200);
      expect(answer.data).toEqual({ viewer: { email: ada.email }, subscribers: null });
      expect(answer.errors).toEqual([
        {
          message: 'A part of the system is not available right now. Please try again.',
          path: ['subscribers'],
          extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
        },
      ]);

      proxy.meet('none');
      const healed = await post(url, BOTH, { token: ada.accessToken });
      expect(healed.errors).toBeUndefined();
      expect(healed.data.subscribers.nodes).toEqual([]);
    },
  );

  test('by taking connections and never answering ends live operations with 1013', async () => {
    proxy.meet('black hole');
    const client = liveClient(url, ada.accessToken);
    const watching = watch(client, 'subscription { subscriberAdded { cursor } }');
    expect(await watching.waitForEnd()).toMatchObject({ code: 1013, reason: 'SUBSCRIPTION_UPSTREAM_LOST' });
    await client.dispose();
  });

  test('by being gone makes the gateway say that it is not ready, and name it', async () => {
    expect(await ready()).toBe(200);
    proxy.meet('reset');
    const response = await fetch(new URL('/health/ready', url));
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      status: 'unavailable',
      checks: { keys: 'up', users: 'up', 'email-subscriptions': 'down' },
    });
    proxy.meet('none');
    await eventually(ready, (status) => status === 200);
  });

  test('users being down leaves those who are logged in able to work', async () => {
    system.processes.users.kill('SIGKILL');
    await system.processes.users.exited;
    const answer = await post(url, BOTH, { token: ada.accessToken });
    expect(answer.data).toEqual({ viewer: null, subscribers: { nodes: [] } });
    expect(codesOf(answer)).toEqual(['SUBGRAPH_UNAVAILABLE']);
    await system.restart('users');
    expect(codesOf(await post(url, BOTH, { token: ada.accessToken }))).toEqual([]);
  });
});
