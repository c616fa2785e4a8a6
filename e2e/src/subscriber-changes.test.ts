import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { liveClient, watch, type Watch } from './harness/live-client.js';
import { post } from './harness/http.js';
import { addSubscriber, freshEmail, newPerson, type Person } from './harness/people.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';

const CHANGED = `subscription ($after: String, $filter: SubscriberFilter, $kinds: [SubscriberChange!]) {
  subscriberChanged(after: $after, bookmarks: true, filter: $filter, kinds: $kinds) {
    cursor kind subscriberId matches subscriber { name status addedBy { displayName } }
  }
}`;

interface Change {
  readonly cursor: string;
  readonly kind: string | null;
  readonly subscriberId: string | null;
}

let system: TestSystem;
let url: string;
let ada: Person;
beforeAll(async () => {
  system = await startTestSystem();
  url = system.gatewayUrl;
  ada = await newPerson(url, 'Ada');
});
afterAll(() => system?.stop());

/** Watches on a new socket. Returns after the first bookmark. */
async function follow(variables: { after?: string; filter?: object; kinds?: string[] }) {
  const client = liveClient(url, ada.accessToken);
  const watching = watch(client, CHANGED, variables);
  await watching.waitForEvents(1);
  return { ...watching, cut: () => client.terminate() };
}

/** The changes so far, without bookmarks. */
function changesOf({ events }: Pick<Watch, 'events'>): Change[] {
  return events
    .map(({ data, errors }) => {
      expect(errors).toBeUndefined();
      return data.subscriberChanged as Change;
    })
    .filter(({ kind }) => kind !== null);
}

async function add(name: string): Promise<string> {
  const { subscriber } = await addSubscriber(url, ada.accessToken, { email: freshEmail('changes'), name });
  return subscriber.id;
}

async function mutate(mutation: string): Promise<void> {
  const { data, errors } = await post(url, `mutation { ${mutation} { userErrors { code } } }`, {
    token: ada.accessToken,
  });
  expect(errors).toBeUndefined();
  expect(Object.values(data as object)).toEqual([{ userErrors: [] }]);
}

const unsubscribe = (id: string) => mutate(`unsubscribeSubscriber(input: { id: "${id}" })`);
const rename = (id: string, name: string) =>
  mutate(`updateSubscriber(input: { id: "${id}", name: "${name}" })`);

describe('changes through the gateway', () => {
  test('reach watchers with different filters and kinds, and a watcher that was cut off gets those it missed', async () => {
    const active = await follow({ filter: { status: ['ACTIVE'] } });
    const leaving = await follow({ filter: { status: ['UNSUBSCRIBED'] }, kinds: ['UNSUBSCRIBED'] });
    const addedBy = { displayName: 'Ada' };
    const id = await add('Grace');
    await active.waitForEvents(2);
    const [{ cursor }] = changesOf(active) as [Change];
    active.cut();

    const other = await add('Linus');
    await rename(id, 'Grace Hopper');
    await unsubscribe(id);
    const again = await follow({ after: cursor, filter: { status: ['ACTIVE'] } });
    // Two bookmarks, and the missed events.
    await again.waitForEvents(5);
    await unsubscribe(other);
    await again.waitForEvents(6);
    await leaving.waitForEvents(3);
    again.cut();
    leaving.cut();

    const gone = { matches: false, subscriber: null };
    expect(changesOf(active)).toMatchObject([
      {
        kind: 'ADDED',
        subscriberId: id,
        matches: true,
        subscriber: { name: 'Grace', status: 'ACTIVE', addedBy },
      },
    ]);
    expect(changesOf(again)).toMatchObject([
      {
        kind: 'ADDED',
        subscriberId: other,
        matches: true,
        subscriber: { name: 'Linus', status: 'ACTIVE', addedBy },
      },
      // By now the subscriber may be unsubscribed or not: it is sent as it is when the event is read.
      { kind: 'UPDATED', subscriberId: id },
      { kind: 'UNSUBSCRIBED', subscriberId: id, ...gone },
      { kind: 'UNSUBSCRIBED', subscriberId: other, ...gone },
    ]);
    expect(changesOf(leaving)).toMatchObject([
      {
        kind: 'UNSUBSCRIBED',
        subscriberId: id,
        matches: true,
        subscriber: { name: 'Grace Hopper', status: 'UNSUBSCRIBED', addedBy },
      },
      {
        kind: 'UNSUBSCRIBED',
        subscriberId: other,
        matches: true,
        subscriber: { name: 'Linus', status: 'UNSUBSCRIBED', addedBy },
      },
    ]);
  });
});
