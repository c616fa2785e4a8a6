import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { WebSocket } from 'ws';
import { eventually } from './harness/eventually.js';
import { FaultProxy } from './harness/fault-proxy.js';
import { post } from './harness/http.js';
import { execute, liveClient, watch } from './harness/live-client.js';
import { freshEmail, newPerson, type Person } from './harness/people.js';
import { startTestSystem } from './harness/test-system.js';

const MOST = 3;
const QUERY = '{ viewer { email } }';

let proxy: FaultProxy;
let system: System;
let ada: Person;
beforeAll(async () => {
  system = await startTestSystem({
    // Otherwise the proxy might hold the response to a poll.
    env: { gateway: { REQUESTS_IN_FLIGHT: String(MOST), REVOCATIONS_POLL_MS: '60000' } },
    between: { users: async (origin) => (proxy = await FaultProxy.inFrontOf(origin)).origin },
  });
  ada = await newPerson(system.gatewayUrl);
});
afterAll(async () => {
  proxy?.release();
  await system?.stop();
  await proxy?.close();
});

test('a gateway at its limit rejects requests at once, stays healthy, and keeps its watchers', async () => {
  const { gatewayUrl: url } = system;
  const client = liveClient(url, ada.accessToken);
  const watching = watch(
    client,
    'subscription { subscriberAdded(bookmarks: true) { subscriber { email } } }',
  );
  await watching.waitForEvents(1);

  proxy.hold();
  const pending = Array.from({ length: MOST }, () => post(url, QUERY, { token: ada.accessToken }));
  await eventually(
    () => proxy.held,
    (held) => held >= MOST,
  );
  const { status, headers, errors } = await post(url, QUERY, { token: ada.accessToken });
  expect([status, headers.get('retry-after')]).toEqual([503, '5']);
  expect(errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 5 } }]);
  const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws');
  expect(await new Promise((resolve) => socket.once('error', ({ message }) => resolve(message)))).toContain(
    '503',
  );

  expect((await fetch(new URL('/health/live', url))).status).toBe(200);
  const email = freshEmail();
  const added = await execute(client, `mutation { addSubscriber(input: { email: "${email}" }) { created } }`);
  expect(added.data).toEqual({ addSubscriber: { created: true } });
  expect((await watching.waitForEvents(2))[1]!.data.subscriberAdded.subscriber).toEqual({ email });

  proxy.release();
  for (const response of await Promise.all(pending))
    expect(response.data).toEqual({ viewer: { email: ada.email } });
  expect((await post(url, QUERY, { token: ada.accessToken })).status).toBe(200);
  await client.dispose();
});
