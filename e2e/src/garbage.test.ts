import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { askBy } from './harness/ask-by.js';
import { eventually } from './harness/eventually.js';
import { FaultProxy } from './harness/fault-proxy.js';
import { liveClient, watch } from './harness/live-client.js';
import { addSubscriber, freshEmail, newPerson, type Person } from './harness/people.js';
import { startTestSystem } from './harness/test-system.js';

let system: System;
let url: string;
let ada: Person;
const proxies = {} as Record<'users' | 'emailSubscriptions', FaultProxy>;
beforeAll(async () => {
  const before = (name: keyof typeof proxies) => async (origin: string) => {
    proxies[name] = await FaultProxy.before(origin);
    return proxies[name].origin;
  };
  system = await startTestSystem({
    between: { users: before('users'), emailSubscriptions: before('emailSubscriptions') },
  });
  url = system.gatewayUrl;
  ada = await newPerson(url, 'Ada');
  await addSubscriber(url, ada.accessToken, { email: freshEmail() });
});
afterEach(async () => {
  // The others keep their connections: a mutation that meets one that ends is not sent again.
  for (const proxy of Object.values(proxies)) if (proxy.fault !== 'none') proxy.meet('none');
  // Being ready closes the breakers, and what goes well keeps them from opening by all tests together.
  await eventually(
    async () => (await fetch(new URL('/health/ready', url))).status,
    (status) => status === 200,
  );
  for (let n = 0; n < 3; n += 1) await askBy['HTTP POST']!(url, { query: QUERY }, ada.accessToken);
});
afterAll(async () => {
  await system?.stop();
  for (const proxy of Object.values(proxies)) await proxy.close();
});

const QUERY = '{ viewer { email } subscribers(first: 1) { nodes { status addedBy { displayName } } } }';

/** Of no form, or of another one than what was asked for, and what is the same for both subgraphs. */
const GARBAGE = [
  '5',
  '[]',
  '{}',
  '{"data":5}',
  '{"data":[]}',
  '{"data":null}',
  '{"data":{}}',
  '{"errors":[]}',
  '{"errors":[null]}',
  '{"errors":["SELECT x FROM users"]}',
  '{"errors":[{"message":5}]}',
  '{"data":null,"errors":[{"message":"m","path":5}]}',
  '{"data":{},"errors":5}',
  '{"data":{"_entities":5}}',
  '{"data":{"viewer":5,"subscribers":5}}',
  '{"data":{"viewer":[],"subscribers":[]}}',
  '{"data":{"viewer":{},"subscribers":{}}}',
  '{"data":{"viewer":{"email":{"a":1}},"_entities":[5],"subscribers":{"nodes":5}}}',
  '{"data":{"viewer":{"email":["a"]},"subscribers":{"nodes":[5]}}}',
  '{"data":{"viewer":{"email":null},"subscribers":{"nodes":[{"status":"ACTIVE"}]}}}',
];

const unavailable = (...path: (string | number)[]) => ({
  message: 'A part of the system is not available right now. Please try again.',
  path,
  extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
});

describe.each(['HTTP POST', 'WebSocket'])('by %s, an answer that is no result of what was asked', (by) => {
  const ask = () => askBy[by]!(url, { query: QUERY }, ada.accessToken);

  test.each(GARBAGE)('costs the fields of users alone: %s', async (json) => {
    proxies.users.json = json;
    proxies.users.meet('scripted');
    expect(await ask()).toMatchObject({
      data: { viewer: null, subscribers: { nodes: [{ status: 'ACTIVE', addedBy: null }] } },
      errors: expect.arrayContaining([unavailable('viewer')]),
    });
  });

  test.each(GARBAGE)('costs the fields of email-subscriptions alone: %s', async (json) => {
    proxies.emailSubscriptions.json = json;
    proxies.emailSubscriptions.meet('scripted');
    expect(await ask()).toMatchObject({
      data: { viewer: { email: ada.email }, subscribers: null },
      errors: [unavailable('subscribers')],
    });
  });
});

test.each(['{"data":{"_entities":5}}', '{"data":{"_entities":[5]}}', '{"errors":[null]}'])(
  'the same from users costs its part of an event, and neither the event nor its cursor: %s',
  async (json) => {
    const client = liveClient(url, ada.accessToken);
    const added =
      'subscription { subscriberAdded(bookmarks: true) { cursor subscriber { addedBy { displayName } } } }';
    const watching = watch(client, added);
    await watching.waitForEvents(1);
    proxies.users.json = json;
    proxies.users.meet('scripted');
    await addSubscriber(url, ada.accessToken, { email: freshEmail() });
    expect((await watching.waitForEvents(2))[1]).toEqual({
      data: { subscriberAdded: { cursor: expect.any(String), subscriber: { addedBy: null } } },
      errors: [unavailable('subscriberAdded', 'subscriber', 'addedBy')],
    });
    proxies.users.meet('none');
    await addSubscriber(url, ada.accessToken, { email: freshEmail() });
    expect((await watching.waitForEvents(3))[2]).toMatchObject({
      data: { subscriberAdded: { subscriber: { addedBy: { displayName: 'Ada' } } } },
    });
    await client.dispose();
  },
);

test('what came with it is in no log, nor what it would have been merged into', () => {
  const log = system.processes.gateway.logs().join('\n');
  expect(log).toContain('the response is not a valid GraphQL result');
  expect(log).not.toMatch(/@example\.com|SELECT/);
});
