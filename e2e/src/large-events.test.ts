import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { closeClients, emailsOf, watchAdditions } from './harness/additions.js';
import { liveClient, watch } from './harness/live-client.js';
import { addRandomSubscriber, addSubscriber, freshEmail, newPerson, type Person } from './harness/people.js';
import { SupergraphCopy, withShortLists, SupergraphReloads } from './harness/supergraph-file.js';
import { startTestSystem } from './harness/test-system.js';

const SUBSCRIPTIONS = 40;
const POLL_MS = 50;

let supergraph: SupergraphCopy;
let system: System;
let url: string;
let ada: Person;
let mallory: Person;
beforeAll(async () => {
  supergraph = await SupergraphCopy.make();
  system = await startTestSystem({
    env: { gateway: { SUPERGRAPH_FILE: supergraph.file, SUPERGRAPH_POLL_MS: String(POLL_MS) } },
  });
  url = system.gatewayUrl;
  [ada, mallory] = await Promise.all([newPerson(url, 'Ada'), newPerson(url, 'Mallory')]);
  const watching = await watchAdditions(url, ada);
  const added = await addLarge(100);
  await watching.waitForEvents(1 + added.length);
});
afterEach(closeClients);
afterAll(async () => {
  await system?.stop();
  await supergraph?.remove();
});

/** Adds large subscribers as Mallory; returns their addresses. */
async function addLarge(count: number): Promise<string[]> {
  // The longest name, in characters that take the most bytes.
  const name = '𝕏'.repeat(200);
  const emails = Array.from({ length: count }, () => freshEmail('large'));
  for (const email of emails) await addSubscriber(url, mallory.accessToken, { email, name });
  return emails;
}

const names = (count: number, alias: string) =>
  Array.from({ length: count }, (_, n) => `${alias}${n}: name`).join(' ');

/** Opens subscriptions over one socket, each in a different room. */
function watchAll(queryOf: (n: number) => string) {
  const client = liveClient(url, mallory.accessToken);
  const watches = Array.from({ length: SUBSCRIPTIONS }, (_, n) => watch(client, queryOf(n)));
  return { watches, dispose: () => client.dispose() };
}

const upstreamsLost = () =>
  system.processes.gateway.logs().filter((line) => line.includes('upstream subscription lost'));

test('rejects subscriptions to events of megabytes, and delivers to others on time', async () => {
  const watching = await watchAdditions(url, ada);
  const rejected = watchAll(
    (
      n,
    ) => `subscription { z${n}: subscriberAdded { cursor subscriber { addedBy { addedSubscribers(first: 48) { nodes {
      addedBy { addedSubscribers(first: 100) { nodes { ${names(49, 'a')} } } } } } } } } }`,
  );
  for (const each of rejected.watches) {
    expect(await each.waitForEnd()).toMatchObject([
      { extensions: { code: 'GRAPHQL_VALIDATION_FAILED', limit: 'eventValues' } },
    ]);
  }
  const [email] = await addLarge(1);
  await watching.waitForEvents(2);
  expect(emailsOf(watching)).toEqual([email]);
  expect(watching.closes()).toBe(0);
  expect(upstreamsLost()).toEqual([]);
  await rejected.dispose();
});

test('delivers to others on time while a client reads the largest events allowed', async () => {
  const watching = await watchAdditions(url, ada);
  const alias = 'x'.repeat(98);
  const largest = watchAll(
    (n) => `subscription { z${n}: subscriberAdded { cursor subscriber { addedBy {
      addedSubscribers(first: 21) { nodes { ${names(46, alias)} } } } } } }`,
  );
  const added: string[] = [];
  // A subscription misses the events before its start.
  while (largest.watches.some(({ events, end }) => events.length === 0 && end.value === undefined)) {
    added.push(...(await addLarge(1)));
    await watching.waitForEvents(1 + added.length);
  }
  expect(emailsOf(watching)).toEqual(added);
  // A client may fall behind when it subscribes to more than it can read.
  const endings = largest.watches.flatMap(({ end }) => (end.value === undefined ? [] : [end.value]));
  expect(endings).toEqual(
    endings.map(() => expect.objectContaining({ code: 1013, reason: 'SUBSCRIPTION_LAGGED' })),
  );
  const [event] = largest.watches.flatMap(({ events }) => events);
  const bytes = Buffer.byteLength(JSON.stringify(event));
  expect(bytes).toBeGreaterThan(500_000);
  expect(bytes).toBeLessThan(1024 * 1024);
  expect(upstreamsLost()).toEqual([]);
  await largest.dispose();
});

test('ends a subscription with too large events, also where a schema understates its lists', async () => {
  await new SupergraphReloads(system, supergraph).to(withShortLists);
  const watching = await watchAdditions(url, ada);
  const client = liveClient(url, mallory.accessToken);
  const alias = 'x'.repeat(98);
  const large = `subscription ($after: String, $bookmarks: Boolean) { subscriberAdded(after: $after, bookmarks: $bookmarks) {
    cursor subscriber { addedBy { addedSubscribers(first: 100) { nodes { ${names(47, alias)} } } } } } }`;
  const tooLarge = await watchAdditions(url, mallory, large, client);
  const added = [await addRandomSubscriber(url, ada.accessToken), ...(await addLarge(1))];
  expect(await tooLarge.waitForEnd()).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  await watching.waitForEvents(1 + added.length);
  expect(emailsOf(watching)).toEqual(added);
  expect(watching.closes()).toBe(0);
  expect(upstreamsLost()).toEqual([]);
});
