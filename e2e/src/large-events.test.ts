import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { closeAll, emailsOf, watchAdditions } from './harness/additions.js';
import { liveClient, watch } from './harness/live-client.js';
import { addSomebody, addSubscriber, freshEmail, newPerson, type Person } from './harness/people.js';
import { SupergraphCopy } from './harness/supergraph-copy.js';
import { withShortLists } from './harness/supergraph-edits.js';
import { SupergraphReloads } from './harness/supergraph-reloads.js';
import { startTestSystem } from './harness/test-system.js';

const SUBSCRIPTIONS = 40;
const POLL_MS = 50;

let supergraph: SupergraphCopy;
let system: System;
let url: string;
let innocent: Person;
let mallory: Person;
beforeAll(async () => {
  supergraph = await SupergraphCopy.make();
  system = await startTestSystem({
    env: { gateway: { SUPERGRAPH_FILE: supergraph.file, SUPERGRAPH_POLL_MS: String(POLL_MS) } },
  });
  url = system.gatewayUrl;
  [innocent, mallory] = await Promise.all([newPerson(url, 'Ada'), newPerson(url, 'Mallory')]);
  const watching = await watchAdditions(url, innocent);
  const added = await addLarge(100);
  await watching.waitForEvents(1 + added.length);
});
afterEach(closeAll);
afterAll(async () => {
  await system?.stop();
  await supergraph?.remove();
});

/** Adds as many in Mallory’s name, and answers their addresses. */
async function addLarge(count: number): Promise<string[]> {
  // As long as names may be, in characters that take the most bytes.
  const name = '𝕏'.repeat(200);
  const emails = Array.from({ length: count }, () => freshEmail('large'));
  for (const email of emails) await addSubscriber(url, mallory.accessToken, { email, name });
  return emails;
}

const names = (count: number, alias: string) =>
  Array.from({ length: count }, (_, n) => `${alias}${n}: name`).join(' ');

/** Each in a room of its own, over one socket. */
function watchAll(queryOf: (n: number) => string) {
  const client = liveClient(url, mallory.accessToken);
  const watches = Array.from({ length: SUBSCRIPTIONS }, (_, n) => watch(client, queryOf(n)));
  return { watches, leave: () => client.dispose() };
}

const upstreamsLost = () =>
  system.processes.gateway.logs().filter((line) => line.includes('upstream subscription lost'));

test('nobody’s events are late for somebody who wants events of megabytes', async () => {
  const watching = await watchAdditions(url, innocent);
  const hostile = watchAll(
    (
      n,
    ) => `subscription { z${n}: subscriberAdded { cursor subscriber { addedBy { addedSubscribers(first: 48) { nodes {
      addedBy { addedSubscribers(first: 100) { nodes { ${names(49, 'a')} } } } } } } } } }`,
  );
  for (const each of hostile.watches) {
    expect(await each.waitForEnd()).toMatchObject([
      { extensions: { code: 'GRAPHQL_VALIDATION_FAILED', limit: 'eventValues' } },
    ]);
  }
  const [email] = await addLarge(1);
  await watching.waitForEvents(2);
  expect(emailsOf(watching)).toEqual([email]);
  expect(watching.closes()).toBe(0);
  expect(upstreamsLost()).toEqual([]);
  await hostile.leave();
});

test('nor for the largest events that may be asked for', async () => {
  const watching = await watchAdditions(url, innocent);
  const alias = 'x'.repeat(98);
  const largest = watchAll(
    (n) => `subscription { z${n}: subscriberAdded { cursor subscriber { addedBy {
      addedSubscribers(first: 21) { nodes { ${names(46, alias)} } } } } } }`,
  );
  const added: string[] = [];
  // Those that are not live yet miss the first ones.
  while (largest.watches.some(({ events, end }) => events.length === 0 && end.value === undefined)) {
    added.push(...(await addLarge(1)));
    await watching.waitForEvents(1 + added.length);
  }
  expect(emailsOf(watching)).toEqual(added);
  // Who asks for more than they can read falls behind, and that is their own affair.
  const endings = largest.watches.flatMap(({ end }) => (end.value === undefined ? [] : [end.value]));
  expect(endings).toEqual(
    endings.map(() => expect.objectContaining({ code: 1013, reason: 'SUBSCRIPTION_LAGGED' })),
  );
  const [event] = largest.watches.flatMap(({ events }) => events);
  const bytes = Buffer.byteLength(JSON.stringify(event));
  expect(bytes).toBeGreaterThan(500_000);
  expect(bytes).toBeLessThan(1024 * 1024);
  expect(upstreamsLost()).toEqual([]);
  await largest.leave();
});

test('nor where a schema understates its lists: who asked for what is too large is told so, and it is over', async () => {
  await new SupergraphReloads(system, supergraph).to(withShortLists);
  const watching = await watchAdditions(url, innocent);
  const client = liveClient(url, mallory.accessToken);
  const alias = 'x'.repeat(98);
  const large = `subscription ($after: String, $bookmarks: Boolean) { subscriberAdded(after: $after, bookmarks: $bookmarks) {
    cursor subscriber { addedBy { addedSubscribers(first: 100) { nodes { ${names(47, alias)} } } } } } }`;
  const tooLarge = await watchAdditions(url, mallory, large, client);
  const added = [await addSomebody(url, innocent.accessToken), ...(await addLarge(1))];
  expect(await tooLarge.waitForEnd()).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  await watching.waitForEvents(1 + added.length);
  expect(emailsOf(watching)).toEqual(added);
  expect(watching.closes()).toBe(0);
  expect(upstreamsLost()).toEqual([]);
});
