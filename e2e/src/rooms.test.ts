import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addRows } from './harness/add-rows.js';
import { eventually } from './harness/eventually.js';
import { liveClient, openUpstreams, watch, type Watch } from './harness/live-client.js';
import { addRandomSubscriber, freshEmail, newPerson, streamCursor, type Person } from './harness/people.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';

const ADDED = `subscription ($after: String, $bookmarks: Boolean, $filter: SubscriberFilter) {
  subscriberAdded(after: $after, bookmarks: $bookmarks, filter: $filter) {
    cursor subscriber { email addedBy { displayName } }
  }
}`;

let system: TestSystem;
let url: string;
let ada: Person;
let bob: Person;
beforeAll(async () => {
  system = await startTestSystem();
  url = system.gatewayUrl;
  [ada, bob] = await Promise.all([newPerson(url, 'Ada'), newPerson(url, 'Bob')]);
});
afterAll(() => system?.stop());

interface Added {
  readonly cursor: string;
  readonly subscriber: { readonly email: string; readonly addedBy: { readonly displayName: string } } | null;
}

const add = (person = ada) => addRandomSubscriber(url, person.accessToken, 'room');

/** Watches on a new socket. */
function watchAs(person: Person, variables: object = {}) {
  const client = liveClient(url, person.accessToken);
  return { ...watch(client, ADDED, variables as Record<string, unknown>), close: () => client.dispose() };
}

function added({ events }: Pick<Watch, 'events'>): Added[] {
  return events.map(({ data, errors }) => {
    expect(errors).toBeUndefined();
    return data.subscriberAdded as Added;
  });
}

const emails = (watching: Pick<Watch, 'events'>) =>
  added(watching).flatMap(({ subscriber }) => (subscriber ? [subscriber.email] : []));

const upstreams = () => openUpstreams(url);

describe('a room', () => {
  test('has one upstream for all watchers with the same operation and scopes', async () => {
    const watchers = Array.from({ length: 40 }, (_, n) => watchAs(n % 2 ? ada : bob, { bookmarks: true }));
    // The subscription has started when its first bookmark arrives.
    for (const watching of watchers) await watching.waitForEvents(1);
    expect(await upstreams()).toBe(1);
    const sent = [await add(ada), await add(bob)];
    for (const watching of watchers) {
      await watching.waitForEvents(3);
      expect(emails(watching)).toEqual(sent);
      expect(added(watching).at(-1)?.subscriber?.addedBy).toEqual({ displayName: 'Bob' });
    }
    for (const watching of watchers) await watching.close();
    await eventually(upstreams, (open) => open === 0);
  });

  test('is separate for another filter', async () => {
    const [all, some] = [
      watchAs(ada, { bookmarks: true }),
      watchAs(ada, { bookmarks: true, filter: { addedBy: [bob.userId] } }),
    ];
    await Promise.all([all.waitForEvents(1), some.waitForEvents(1)]);
    await eventually(upstreams, (open) => open === 2);
    const sent = [await add(ada), await add(bob)];
    await all.waitForEvents(3);
    await some.waitForEvents(2);
    expect([emails(all), emails(some)]).toEqual([sent, [sent[1]]]);
    await Promise.all([all.close(), some.close()]);
  });

  test('sends missed events from memory to a watcher with a cursor', async () => {
    const first = watchAs(ada, { bookmarks: true });
    await first.waitForEvents(1);
    const sent = [await add(), await add(), await add()];
    await first.waitForEvents(4);
    const { cursor } = added(first)[1]!;
    const back = watchAs(bob, { after: cursor, bookmarks: true });
    await back.waitForEvents(4);
    expect(added(back).map(({ subscriber }) => subscriber?.email ?? 'bookmark')).toEqual([
      'bookmark',
      ...sent.slice(1),
      'bookmark',
    ]);
    expect(added(back)[0]?.cursor).toBe(cursor);
    expect(added(back).at(-1)?.cursor).toBe(added(first).at(-1)?.cursor);
    // Rooms stay open for a moment after their last watcher has left.
    await eventually(upstreams, (open) => open === 1);
    const live = await add();
    await Promise.all([first.waitForEvents(5), back.waitForEvents(5)]);
    expect([emails(first).at(-1), emails(back).at(-1)]).toEqual([live, live]);
    await Promise.all([first.close(), back.close()]);
  });

  test('is opened for a cursor older than its memory, and merges with the main room', async () => {
    const oldCursor = await streamCursor(url, ada.accessToken);
    const main = watchAs(ada, { bookmarks: true });
    await main.waitForEvents(1);
    const sent: string[] = [];
    while (sent.length < 1_100) {
      const batch = Array.from({ length: 100 }, () => freshEmail('room'));
      await addRows(system, batch, { addedBy: ada.userId, name: 'Grace' });
      sent.push(...batch);
      await main.waitForEvents(sent.length + 1);
    }
    const back = watchAs(bob, { after: oldCursor, bookmarks: true });
    await eventually(
      () => emails(back).length,
      (seen) => seen >= sent.length,
      60_000,
    );
    await eventually(upstreams, (open) => open === 1);
    const live = await add();
    await eventually(
      () => emails(back),
      (seen) => seen.at(-1) === live,
    );
    expect([emails(main), emails(back)]).toEqual([
      [...sent, live],
      [...sent, live],
    ]);
    await Promise.all([main.close(), back.close()]);
    await eventually(upstreams, (open) => open === 0);
  }, 120_000);
});
