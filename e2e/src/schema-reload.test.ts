import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { repositoryRoot } from '@supergraph/tools/repository';
import type { System } from '@supergraph/tools/system';
import type { Client } from 'graphql-ws';
import { eventually } from './harness/eventually.js';
import { post } from './harness/http.js';
import { ask, liveClient, openUpstreams, watch, type Watch } from './harness/live-client.js';
import { addSubscriber, freshEmail, newPerson, type Person } from './harness/people.js';
import { startTestSystem } from './harness/test-system.js';

const POLL_MS = 50;
const folder = mkdtempSync(path.join(tmpdir(), 'supergraph-'));
const file = path.join(folder, 'supergraph.graphql');

const whole = readFileSync(path.join(repositoryRoot, 'supergraph.graphql'), 'utf8');
function edited(from: string | RegExp, to: string): string {
  const text = whole.replace(from, to);
  if (text === whole) throw new Error(`the supergraph has changed: there is no ${String(from)}`);
  return text;
}
const withoutCreatedAt = edited(/\n  """[^"]*"""\n  createdAt: DateTime! @join__field\(graph: USERS\)/, '');
const withoutTime = edited(
  /(type SubscriberAddedEvent\n[^}]*?)\n  """[^"]*"""\n  occurredAt: DateTime!\n/,
  '$1',
);
const withoutSharing = edited('@live(audience: SCOPES)', '@live(audience: VIEWER)');
// More of the event may be null, so upstream is asked for more, to tell a bookmark by.
const withAnotherRequest = edited(/(type SubscriberAddedEvent\n[^}]*?occurredAt: DateTime)!/, '$1');
// The subgraph refuses what is asked of it by this one.
const aheadOfSubgraphs = edited(
  'displayName: String! @join__field(graph: USERS)',
  'displayName: String! @join__field(graph: EMAIL_SUBSCRIPTIONS)',
);

let system: System;
let url: string;
let ada: Person;
let bob: Person;
const clients: Client[] = [];
beforeAll(async () => {
  writeFileSync(file, whole);
  system = await startTestSystem({
    env: { gateway: { SUPERGRAPH_FILE: file, SUPERGRAPH_POLL_MS: String(POLL_MS) } },
  });
  url = system.gatewayUrl;
  [ada, bob] = await Promise.all([newPerson(url, 'Ada'), newPerson(url, 'Bob')]);
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose();
  await reload(whole);
});
afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true });
});

const lines = (msg: string) => system.processes.gateway.logs().filter((line) => line.includes(msg));
const taken = () => lines('a new supergraph serves').length;
const refused = () => lines('this supergraph is refused').length;

/** Puts a file there all at once, as a deployment does, and returns when the gateway serves it. */
async function reload(text: string): Promise<void> {
  if (readFileSync(file, 'utf8') === text) return;
  const before = taken() + lines('the supergraph is the one that serves').length;
  put(text);
  await eventually(
    () => taken() + lines('the supergraph is the one that serves').length,
    (now) => now > before,
  );
}

function put(text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

const added = (fields: string) => `subscription ($after: String, $bookmarks: Boolean) {
  subscriberAdded(after: $after, bookmarks: $bookmarks) { ${fields} }
}`;
const ADDED = added('cursor subscriber { email addedBy { displayName } }');
const ADDED_WITH_TIME = added('cursor occurredAt subscriber { email }');

/** Watches until it is live, on a socket of its own unless it is given one. */
async function watchAs(person: Person, query = ADDED, client?: Client) {
  const own = client ?? liveClient(url, person.accessToken);
  let closes = 0;
  own.on('closed', () => (closes += 1));
  clients.push(own);
  const watching = watch(own, query, { bookmarks: true });
  await watching.waitForEvents(1);
  return { ...watching, client: own, closes: () => closes };
}

const emails = ({ events }: Watch): string[] =>
  events.flatMap(({ data, errors }) => {
    expect(errors).toBeUndefined();
    const { subscriber } = data.subscriberAdded as { subscriber: { email: string } | null };
    return subscriber ? [subscriber.email] : [];
  });

const seenAll = (watching: Watch, expected: readonly string[]) =>
  eventually(
    () => emails(watching),
    (seen) => seen.length >= expected.length,
  );

async function add(): Promise<string> {
  const email = freshEmail('reload');
  await addSubscriber(url, ada.accessToken, { email });
  return email;
}

describe('a new supergraph that accepts a live operation', () => {
  test('is not noticed by its watchers, and what is new can be queried', async () => {
    await reload(withoutCreatedAt);
    const createdAt = () =>
      post(url, `{ user(id: "${ada.userId}") { createdAt } }`, { token: ada.accessToken });
    expect((await createdAt()).errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    const watching = await watchAs(bob);
    const sent = [await add()];
    await reload(whole);
    const { data } = await createdAt();
    expect(data.user.createdAt).toEqual(expect.any(String));
    sent.push(await add(), await add());
    await seenAll(watching, sent);
    expect([emails(watching), watching.end, watching.closes()]).toEqual([sent, {}, 0]);
    // Who comes now shares the room of before.
    const other = await watchAs(ada);
    sent.push(await add());
    await Promise.all([seenAll(watching, sent), seenAll(other, sent.slice(-1))]);
    expect([emails(watching), emails(other)]).toEqual([sent, sent.slice(-1)]);
  });

  test('has its upstream asked for something else, from the last event on', async () => {
    const watching = await watchAs(ada);
    const sent = [await add()];
    await seenAll(watching, sent);
    await reload(withAnotherRequest);
    sent.push(await add());
    await reload(whole);
    sent.push(await add());
    await seenAll(watching, sent);
    expect([emails(watching), watching.end, watching.closes()]).toEqual([sent, {}, 0]);
  });

  test('may be there before its subgraphs are: watchers wait, and miss nothing', async () => {
    const watching = await watchAs(ada);
    const sent = [await add()];
    await seenAll(watching, sent);
    await reload(aheadOfSubgraphs);
    await eventually(
      () => openUpstreams(url),
      (open) => open === 0,
    );
    await reload(whole);
    sent.push(await add());
    await seenAll(watching, sent);
    expect([emails(watching), watching.end, watching.closes()]).toEqual([sent, {}, 0]);
  });
});

describe('a new supergraph that does not accept a live operation', () => {
  test('ends that operation with SUBSCRIPTION_SCHEMA_RELOAD and nothing else on its socket', async () => {
    const doomed = await watchAs(ada, ADDED_WITH_TIME);
    const other = await watchAs(ada, ADDED, doomed.client);
    const sent = [await add()];
    await Promise.all([seenAll(doomed, sent), seenAll(other, sent)]);
    await reload(withoutTime);
    expect(await doomed.waitForEnd()).toEqual([
      {
        message: expect.stringContaining('Cannot query field "occurredAt"'),
        extensions: { code: 'SUBSCRIPTION_SCHEMA_RELOAD' },
      },
    ]);
    sent.push(await add());
    await seenAll(other, sent);
    expect([emails(doomed), emails(other), other.end]).toEqual([sent.slice(0, 1), sent, {}]);
    expect(await ask(doomed.client, '{ viewer { user { displayName } } }')).toEqual({
      data: { viewer: { user: { displayName: 'Ada' } } },
    });
    expect(doomed.closes()).toBe(0);
  });

  test('or lets it share with others than before, has its clients come back', async () => {
    const client = liveClient(url, bob.accessToken, 5);
    const watching = await watchAs(bob, ADDED, client);
    let reason: unknown;
    client.on('closed', (event) => (reason = event));
    await reload(withoutSharing);
    await eventually(watching.closes, (closes) => closes === 1);
    expect(reason).toMatchObject({ code: 1013, reason: 'SUBSCRIPTION_LAGGED' });
    await watching.waitForEvents(2);
    const email = await add();
    await eventually(
      () => emails(watching),
      (seen) => seen.includes(email),
    );
  });
});

describe('a file that is no supergraph', () => {
  test.each([
    ['empty', ''],
    ['half written', whole.slice(0, whole.length / 2)],
    [
      'half written, up to the end of a definition',
      whole.slice(0, whole.indexOf('\n"""A person on the list')),
    ],
    ['no GraphQL', '<html>'],
    ['of a subgraph without an address', whole.replace('name: "users"', 'name: "strangers"')],
    [
      'linking a specification that we do not enforce',
      whole.replace(
        '{\n  query',
        '  @link(url: "https://example.com/secret/v1.0", for: SECURITY)\n{\n  query',
      ),
    ],
    ['missing', null],
  ])('is refused, once, and the one before serves: %s', async (_, text) => {
    const watching = await watchAs(ada);
    const [before, takenBefore] = [refused(), taken()];
    if (text === null) rmSync(file);
    else put(text);
    await eventually(refused, (now) => now > before);
    await delay(6 * POLL_MS);
    expect(refused()).toBe(before + 1);
    const sent = [await add()];
    await seenAll(watching, sent);
    put(withoutCreatedAt);
    await eventually(taken, (now) => now === takenBefore + 1);
    sent.push(await add());
    await seenAll(watching, sent);
    expect([emails(watching), watching.end, watching.closes()]).toEqual([sent, {}, 0]);
  });
});

test('ten reloads under a stream of additions and queries lose nothing, repeat nothing, close nothing', async () => {
  const watchers = [await watchAs(ada), await watchAs(bob), await watchAs(ada, ADDED_WITH_TIME)];
  const sent: string[] = [];
  const over = new AbortController();
  const busy = Array.from({ length: 4 }, async () => {
    while (!over.signal.aborted) {
      const { data, text } = await post(url, '{ viewer { user { displayName } } }', {
        token: bob.accessToken,
      });
      if (data?.viewer?.user?.displayName !== 'Bob') throw new Error(text);
      sent.push(await add());
    }
  });
  for (let n = 0; n < 10; n += 1) {
    await reload([withoutCreatedAt, withAnotherRequest, whole][n % 3]!);
    await delay(50);
  }
  over.abort();
  await Promise.all(busy);
  for (const watching of watchers) {
    await seenAll(watching, sent);
    await delay(100);
    expect(emails(watching).toSorted()).toEqual(sent.toSorted());
    expect([watching.end, watching.closes()]).toEqual([{}, 0]);
  }
  expect(sent.length).toBeGreaterThan(20);
});
