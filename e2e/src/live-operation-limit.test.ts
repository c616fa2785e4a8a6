import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { closeAll, emailsOf, seenAll, watchAdditions } from './harness/additions.js';
import { EventStreams } from './harness/event-streams.js';
import { eventually } from './harness/eventually.js';
import { leaveAll, openStream, type Streaming } from './harness/http-stream.js';
import { liveClient, watch } from './harness/live-client.js';
import { ADDED } from './harness/operations.js';
import { addSomebody, newPerson, streamCursor, type Person } from './harness/people.js';
import { SupergraphCopy } from './harness/supergraph-copy.js';
import { whole, withAnotherRequest } from './harness/supergraph-edits.js';
import { SupergraphReloads } from './harness/supergraph-reloads.js';
import { startTestSystem } from './harness/test-system.js';

const PER_VIEWER = 3;
const REFUSED = {
  message: `You may have ${PER_VIEWER} subscriptions at a time, over all your connections.`,
  extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 5 },
};

let supergraph: SupergraphCopy;
let system: System;
let reloads: SupergraphReloads;
let url: string;
let ada: Person;
let bob: Person;
beforeAll(async () => {
  supergraph = await SupergraphCopy.make();
  system = await startTestSystem({
    env: {
      gateway: {
        LIVE_OPERATIONS_PER_VIEWER: String(PER_VIEWER),
        SUPERGRAPH_FILE: supergraph.file,
        SUPERGRAPH_POLL_MS: '50',
      },
    },
  });
  reloads = new SupergraphReloads(system, supergraph);
  url = system.gatewayUrl;
  [ada, bob] = await Promise.all([newPerson(url, 'Ada'), newPerson(url, 'Bob')]);
});
afterEach(async () => {
  leaveAll();
  await closeAll();
});
afterAll(async () => {
  await system?.stop();
  await supergraph?.remove();
});

const bySse = () => new EventStreams(url, ada.accessToken).byPost(ADDED);
const byMultipart = () =>
  openStream(url, {
    token: ada.accessToken,
    headers: { accept: 'multipart/mixed;subscriptionSpec=1.0, application/json' },
    body: { query: ADDED },
  });

/** Whether it was let in; asks again while there is no place, as ends may take a moment to arrive. */
function comesIn(ask: () => Promise<Streaming>): Promise<Streaming> {
  return eventually(ask, ({ status }) => status === 200);
}

async function expectRefused(ask: () => Promise<Streaming>): Promise<void> {
  const { status, headers, ended } = await ask();
  expect([status, headers['retry-after']]).toEqual([429, '5']);
  expect(JSON.parse(await ended)).toEqual({ errors: [REFUSED] });
}

test('live operations of one viewer are so many over all transports and connections, and others have theirs', async () => {
  const watching = await watchAdditions(url, ada);
  const byEvents = await comesIn(bySse);
  const byParts = await comesIn(byMultipart);
  await expectRefused(bySse);
  await expectRefused(byMultipart);
  const other = liveClient(url, ada.accessToken);
  expect(await watch(other, ADDED).waitForEnd()).toEqual([REFUSED]);
  // The socket of what was refused goes on, and so do all other operations.
  await watch(other, '{ viewer { email } }').waitForEvents(1);
  await other.dispose();
  await watchAdditions(url, bob);
  const email = await addSomebody(url, ada.accessToken);
  await Promise.all([seenAll(watching, [email]), byEvents.waitForText(email), byParts.waitForText(email)]);

  byEvents.leave();
  byParts.leave();
  watching.stop();
  for (let n = 0; n < PER_VIEWER; n += 1) await comesIn(n % 2 === 0 ? byMultipart : bySse);
  await expectRefused(bySse);
});

test('a live operation that goes over to another room and through a new schema has one place', async () => {
  const start = await streamCursor(url, ada.accessToken);
  const missed = [await addSomebody(url, ada.accessToken), await addSomebody(url, ada.accessToken)];
  // Somebody is in the room that it goes over to.
  await watchAdditions(url, bob);
  const client = liveClient(url, ada.accessToken);
  const resumed = await eventually(
    () => {
      const again = watch(client, ADDED, { after: start, bookmarks: true });
      return eventually(
        () => again,
        ({ events, end }) => events.length > 0 || end.value !== undefined,
      );
    },
    ({ events }) => events.length > 0,
  );
  await seenAll(resumed, missed);
  await reloads.to(withAnotherRequest);
  const sent = [...missed, await addSomebody(url, ada.accessToken)];
  await reloads.to(whole);
  sent.push(await addSomebody(url, ada.accessToken));
  await seenAll(resumed, sent);
  expect(emailsOf(resumed)).toEqual(sent);

  const others = [await comesIn(bySse), await comesIn(bySse)];
  await expectRefused(bySse);
  resumed.stop();
  others.push(await comesIn(bySse));
  await expectRefused(bySse);
  for (const each of others) each.leave();
  for (let n = 0; n < PER_VIEWER; n += 1) await comesIn(bySse);
  await client.dispose();
});

test('operations that were refused later, or whose socket broke, take no place', async () => {
  for (let n = 0; n < 2 * PER_VIEWER; n += 1) {
    const client = liveClient(url, ada.accessToken);
    const refused = watch(client, ADDED, { after: 'no cursor' });
    expect(await refused.waitForEnd()).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    await watchAdditions(url, ada, ADDED, client);
    client.terminate();
    await eventually(
      async () => (await fetch(system.metricsUrls.gateway)).text(),
      (metrics) => /^live_connections 0$/m.test(metrics),
    );
  }
});
