import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import type { Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { eventually } from './harness/eventually.js';
import { codesOf, post } from './harness/http.js';
import { execute, liveClient, openUpstreams, watch } from './harness/live-client.js';
import { addSubscriber, freshEmail, newPerson, type Person } from './harness/people.js';
import { startTestSystem } from './harness/test-system.js';

let system: System;
let url: string;
let ada: Person;
let client: Client;
beforeAll(async () => {
  system = await startTestSystem();
  url = system.gatewayUrl;
  ada = await newPerson(url, 'Ada');
  client = liveClient(url, ada.accessToken);
});
afterAll(async () => {
  await client?.dispose();
  await system?.stop();
});

const ADDED = `subscription ($filter: SubscriberFilter) {
  subscriberAdded(filter: $filter) { cursor occurredAt subscriber { id email addedBy { displayName } } }
}`;

const upstreams = () => openUpstreams(url);

/** The number of subscriptions in the subgraph, from its log. */
function watchersAtSubgraph(): { now: number } {
  const lines = system.processes.emailSubscriptions.logs().filter((line) => line.includes('"watchers":'));
  const { watchers } = JSON.parse(lines.at(-1) ?? '{"watchers":0}') as { watchers: number };
  return { now: watchers };
}

/** Watches, and returns once the subscription receives all later additions. */
async function watchFromNow(query = ADDED, variables = {}, by: Client = client) {
  const settled = () =>
    eventually(
      async () => ({ open: await upstreams(), there: watchersAtSubgraph().now }),
      ({ open, there }) => there === open,
    );
  await settled();
  const watching = watch(by, query, variables);
  // The subscription has its room when this later query is complete.
  await execute(by, '{ viewer { email } }');
  await settled();
  return watching;
}

describe('a subscription to new subscribers', () => {
  test('gets each addition once, joined with the user who added it', async () => {
    const watching = await watchFromNow();
    const emails = Array.from({ length: 5 }, () => freshEmail('live'));
    for (const email of emails) await addSubscriber(url, ada.accessToken, { email });
    await addSubscriber(url, ada.accessToken, { email: emails[0]?.toUpperCase() });
    const last = freshEmail('last');
    await addSubscriber(url, ada.accessToken, { email: last });

    const events = await watching.waitForEvents(6);
    expect(events.map(({ errors }) => errors)).toEqual(events.map(() => undefined));
    expect(events.map(({ data }) => data.subscriberAdded.subscriber.email)).toEqual([...emails, last]);
    for (const { data } of events) {
      expect(data.subscriberAdded).toMatchObject({
        cursor: expect.any(String),
        occurredAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        subscriber: { addedBy: { displayName: 'Ada' } },
      });
    }
    watching.stop();
  });

  test('supports aliases, fragments and directives, and returns only selected fields', async () => {
    const watching = await watchFromNow(
      `subscription ($withName: Boolean!) { news: subscriberAdded { ...E } }
      fragment E on SubscriberAddedEvent { s: subscriber { mail: email name @include(if: $withName) addedBy { who: displayName } } }`,
      { withName: false },
    );
    const email = freshEmail('alias');
    await addSubscriber(url, ada.accessToken, { email, name: 'Hidden' });
    const [event] = await watching.waitForEvents(1);
    expect(event?.data).toEqual({ news: { s: { mail: email, addedBy: { who: 'Ada' } } } });
    watching.stop();
  });

  test('gets only additions that match its filter', async () => {
    const bob = await newPerson(url, 'Bob');
    const watching = await watchFromNow(ADDED, { filter: { addedBy: [bob.userId] } });
    await addSubscriber(url, ada.accessToken, { email: freshEmail('ada') });
    const email = freshEmail('bob');
    await addSubscriber(url, bob.accessToken, { email });
    const [event] = await watching.waitForEvents(1);
    expect(event?.data.subscriberAdded.subscriber).toMatchObject({ email, addedBy: { displayName: 'Bob' } });
    watching.stop();
  });

  test('shares its socket with queries and mutations', async () => {
    const email = freshEmail('socket');
    const added = await execute(
      client,
      'mutation ($email: String!) { addSubscriber(input: { email: $email }) { created } }',
      {
        email,
      },
    );
    expect(added).toEqual({ data: { addSubscriber: { created: true } } });
    const found = await execute(
      client,
      'query ($email: String!) { viewer { user { displayName } } subscriberByEmail(email: $email) { addedBy { displayName } } }',
      { email },
    );
    expect(found.data).toEqual({
      viewer: { user: { displayName: 'Ada' } },
      subscriberByEmail: { addedBy: { displayName: 'Ada' } },
    });
  });

  test('leaves no upstream open after complete and after a broken connection', async () => {
    const completing = await watchFromNow();
    const breaking = liveClient(url, ada.accessToken);
    await watchFromNow(ADDED, {}, breaking);
    await watchFromNow(ADDED, {}, breaking);
    await eventually(upstreams, (open) => open === 1);
    completing.stop();
    breaking.terminate();
    await eventually(upstreams, (open) => open === 0);
    await eventually(watchersAtSubgraph, ({ now }) => now === 0);
  });

  test('is rejected without permission, and its socket stays open', async () => {
    const anonymous = liveClient(url);
    const watching = watch(anonymous, ADDED);
    expect(await watching.waitForEnd()).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    expect(await execute(anonymous, '{ viewer { email } }')).toEqual({ data: { viewer: null } });
    await anonymous.dispose();
  });

  test('is rejected when it is too large for its subgraph, and others continue', async () => {
    const watching = await watchFromNow();
    const greedy = watch(client, ADDED, { filter: { query: 'x'.repeat(200_000) } });
    expect(await greedy.waitForEnd()).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT', limit: 'liveLength' } },
    ]);
    await addSubscriber(url, ada.accessToken, { email: freshEmail('unaffected') });
    await watching.waitForEvents(1);
    watching.stop();
  });

  test.each([
    { aliases: 5_000, code: 'GRAPHQL_PARSE_FAILED', limit: 'tokens' },
    { aliases: 250, code: 'GRAPHQL_VALIDATION_FAILED', limit: 'aliases' },
  ])('is rejected with $aliases aliases: $limit', async (rejected) => {
    const fields = Array.from({ length: rejected.aliases }, (_, n) => `a${n}: email`).join(' ');
    const flood = watch(client, `subscription { subscriberAdded { subscriber { ${fields} } } }`);
    const { code, limit } = rejected;
    expect(await flood.waitForEnd()).toMatchObject([{ extensions: { code, limit } }]);
  });

  test('closes its socket with 4403 for a bad token', async () => {
    const forger = liveClient(url, 'nonsense');
    expect(await watch(forger, ADDED).waitForEnd()).toMatchObject({ code: 4403, reason: 'UNAUTHENTICATED' });
  });

  test('is rejected when a variable decides on its root field, and its socket stays open', async () => {
    const query = 'subscription ($x: Boolean!) { subscriberAdded @include(if: $x) { cursor } }';
    expect(await watch(client, query, { x: true }).waitForEnd()).toMatchObject([
      { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
    ]);
    expect(await watch(client, query, { x: true }).waitForEnd()).toMatchObject([
      { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
    ]);
    expect((await execute(client, '{ viewer { user { displayName } } }')).data.viewer).not.toBeNull();
  });

  test('is rejected over plain HTTP with the supported transports', async () => {
    const answer = await post(url, 'subscription { subscriberAdded { cursor } }', { token: ada.accessToken });
    expect(answer.status).toBe(406);
    expect(codesOf(answer)).toEqual(['BAD_REQUEST']);
    expect(answer.errors?.[0]?.message).toContain('graphql-transport-ws');
  });

  test.each(['/', '/graphql/', '/other', '/live/upstreams'])(
    'is not found by an upgrade at %s',
    async (path) => {
      const address = new URL(path, url.replace(/^http/, 'ws'));
      const answered = new Promise<number | undefined>((resolve, reject) => {
        const socket = new WebSocket(address, 'graphql-transport-ws');
        socket.once('unexpected-response', (_, { statusCode }) => resolve(statusCode));
        socket.once('open', () => reject(new Error('it was accepted')));
        socket.on('error', () => undefined);
      });
      expect(await answered).toBe(404);
    },
  );

  test('loses no event when the subgraph restarts, and stays open', async () => {
    const client2 = liveClient(url, ada.accessToken);
    const watching = await watchFromNow(ADDED, {}, client2);
    const emails = [freshEmail('before'), freshEmail('after')];
    await addSubscriber(url, ada.accessToken, { email: emails[0] });
    system.processes.emailSubscriptions.kill('SIGKILL');
    await system.processes.emailSubscriptions.exited;
    await system.restart('emailSubscriptions');
    await addSubscriber(url, ada.accessToken, { email: emails[1] });
    const events = await watching.waitForEvents(2);
    expect(events.map(({ data }) => data.subscriberAdded.subscriber.email)).toEqual(emails);
    expect(watching.end).toEqual({});
    watching.stop();
    await client2.dispose();
  });

  test('gets an event with an error while users is down, and complete events afterwards', async () => {
    const watching = await watchFromNow();
    system.processes.users.kill('SIGKILL');
    await system.processes.users.exited;
    const email = freshEmail('half');
    await addSubscriber(url, ada.accessToken, { email });
    const [event] = await watching.waitForEvents(1);
    expect(event?.data.subscriberAdded.subscriber).toMatchObject({ email, addedBy: null });
    expect(event?.errors).toMatchObject([
      { path: ['subscriberAdded', 'subscriber', 'addedBy'], extensions: { code: 'SUBGRAPH_UNAVAILABLE' } },
    ]);
    await system.restart('users');
    const complete = freshEmail('complete');
    await addSubscriber(url, ada.accessToken, { email: complete });
    const [, whole] = await watching.waitForEvents(2);
    expect(whole).toMatchObject({
      data: { subscriberAdded: { subscriber: { email: complete, addedBy: { displayName: 'Ada' } } } },
    });
    expect(whole?.errors).toBeUndefined();
    watching.stop();
  });

  test('closes with 1012 when the gateway drains', async () => {
    const leaving = liveClient(url, ada.accessToken);
    const watching = await watchFromNow(ADDED, {}, leaving);
    system.processes.gateway.kill('SIGTERM');
    expect(await watching.waitForEnd()).toMatchObject({ code: 1012 });
    expect(await system.processes.gateway.exited).toMatchObject({ code: 0 });
    await system.restart('gateway');
  });
});
