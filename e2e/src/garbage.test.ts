import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { runOver } from './harness/run-over.js';
import { eventually } from './harness/eventually.js';
import { FaultProxy } from './harness/fault-proxy.js';
import { liveClient, watch } from './harness/live-client.js';
import { addSubscriber, freshEmail, newPerson, type Person } from './harness/people.js';
import { startTestSystem } from './harness/test-system.js';

let system: System;
let url: string;
let ada: Person;
const proxies = {} as Record<'users' | 'email-subscriptions', FaultProxy>;
beforeAll(async () => {
  const before = (name: keyof typeof proxies) => async (origin: string) => {
    proxies[name] = await FaultProxy.inFrontOf(origin);
    return proxies[name].origin;
  };
  system = await startTestSystem({
    between: { users: before('users'), 'email-subscriptions': before('email-subscriptions') },
  });
  url = system.gatewayUrl;
  ada = await newPerson(url, 'Ada');
  await addSubscriber(url, ada.accessToken, { email: freshEmail() });
});
afterEach(async () => {
  // The other proxies keep their connections, because a mutation on a broken one is not repeated.
  for (const proxy of Object.values(proxies)) if (proxy.fault !== 'none') proxy.inject('none');
  // A ready subgraph closes the breakers, and successes keep them closed over all tests.
  await eventually(
    async () => (await fetch(new URL('/health/ready', url))).status,
    (status) => status === 200,
  );
  for (let n = 0; n < 3; n += 1) await runOver['HTTP POST']!(url, { query: QUERY }, ada.accessToken);
});
afterAll(async () => {
  await system?.stop();
  for (const proxy of Object.values(proxies)) await proxy.close();
});

const QUERY = '{ viewer { email } subscribers(first: 1) { nodes { status addedBy { displayName } } } }';

/** Invalid as a result, or for the query. The unit tests of the gateway have more of each kind. */
const GARBAGE = [
  '[]',
  '{"data":null}',
  '{"errors":["SELECT x FROM users"]}',
  '{"data":{"_entities":5}}',
  '{"data":{"viewer":{"email":["a"]},"subscribers":{"nodes":[5]}}}',
];

const unavailable = (...path: (string | number)[]) => ({
  message: 'A part of the system is not available right now. Please try again.',
  path,
  extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
});

describe.each([
  ['HTTP POST', GARBAGE],
  ['WebSocket', GARBAGE.slice(-1)],
])('by %s, an invalid response of a subgraph', (by, garbage) => {
  const run = () => runOver[by]!(url, { query: QUERY }, ada.accessToken);

  test.each(garbage)('costs only the fields of users: %s', async (json) => {
    proxies.users.json = json;
    proxies.users.inject('scripted');
    expect(await run()).toMatchObject({
      data: { viewer: null, subscribers: { nodes: [{ status: 'ACTIVE', addedBy: null }] } },
      errors: expect.arrayContaining([unavailable('viewer')]),
    });
  });

  test.each(garbage)('costs only the fields of email-subscriptions: %s', async (json) => {
    proxies['email-subscriptions'].json = json;
    proxies['email-subscriptions'].inject('scripted');
    expect(await run()).toMatchObject({
      data: { viewer: { email: ada.email }, subscribers: null },
      errors: [unavailable('subscribers')],
    });
  });
});

test.each(['{"data":{"_entities":5}}', '{"data":{"_entities":[5]}}', '{"errors":[null]}'])(
  'an invalid response of users costs only its fields of an event: %s',
  async (json) => {
    const client = liveClient(url, ada.accessToken);
    const added =
      'subscription { subscriberAdded(bookmarks: true) { cursor subscriber { addedBy { displayName } } } }';
    const watching = watch(client, added);
    await watching.waitForEvents(1);
    proxies.users.json = json;
    proxies.users.inject('scripted');
    await addSubscriber(url, ada.accessToken, { email: freshEmail() });
    expect((await watching.waitForEvents(2))[1]).toEqual({
      data: { subscriberAdded: { cursor: expect.any(String), subscriber: { addedBy: null } } },
      errors: [unavailable('subscriberAdded', 'subscriber', 'addedBy')],
    });
    proxies.users.inject('none');
    await addSubscriber(url, ada.accessToken, { email: freshEmail() });
    expect((await watching.waitForEvents(3))[2]).toMatchObject({
      data: { subscriberAdded: { subscriber: { addedBy: { displayName: 'Ada' } } } },
    });
    await client.dispose();
  },
);

test('logs no invalid response and no data of other subgraphs', () => {
  const log = system.processes.gateway.logs().join('\n');
  expect(log).toContain('the response is not a valid GraphQL result');
  expect(log).not.toMatch(/@example\.com|SELECT/);
});
