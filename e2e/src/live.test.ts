import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import type { Client } from 'graphql-ws';
import { eventually } from './harness/eventually.js';
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
  const lines = system.processes['email-subscriptions']!.logs().filter((line) =>
    line.includes('"watchers":'),
  );
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

  test('loses no event when the subgraph restarts, and stays open', async () => {
    const client2 = liveClient(url, ada.accessToken);
    const watching = await watchFromNow(ADDED, {}, client2);
    const emails = [freshEmail('before'), freshEmail('after')];
    await addSubscriber(url, ada.accessToken, { email: emails[0] });
    system.processes['email-subscriptions']!.kill('SIGKILL');
    await system.processes['email-subscriptions']!.exited;
    await system.restart('email-subscriptions');
    await addSubscriber(url, ada.accessToken, { email: emails[1] });
    const events = await watching.waitForEvents(2);
    expect(events.map(({ data }) => data.subscriberAdded.subscriber.email)).toEqual(emails);
    expect(watching.end).toEqual({});
    watching.stop();
    await client2.dispose();
  });

  test('gets an event with an error while users is down, and complete events afterwards', async () => {
    const watching = await watchFromNow();
    system.processes.users!.kill('SIGKILL');
    await system.processes.users!.exited;
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
});
