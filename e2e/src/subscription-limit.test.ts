import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { closeClients, emailsOf, waitForAll, watchAdditions } from './harness/additions.js';
import { eventually } from './harness/eventually.js';
import { closeStreams, openStream, type Streaming, eventStreams } from './harness/http-stream.js';
import { liveClient, watch } from './harness/live-client.js';
import { ADDED } from './harness/operations.js';
import { addRandomSubscriber, newPerson, streamCursor, type Person } from './harness/people.js';
import { SupergraphCopy, whole, withAnotherRequest, SupergraphReloads } from './harness/supergraph-file.js';
import { startTestSystem } from './harness/test-system.js';

const PER_VIEWER = 3;
const LIMIT_ERROR = {
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
  closeStreams();
  await closeClients();
});
afterAll(async () => {
  await system?.stop();
  await supergraph?.remove();
});

const bySse = () => eventStreams(url, ada.accessToken).byPost(ADDED);
const byMultipart = () =>
  openStream(url, {
    token: ada.accessToken,
    headers: { accept: 'multipart/mixed;subscriptionSpec=1.0, application/json' },
    body: { query: ADDED },
  });

/** Opens a stream as soon as there is a place: the gateway may notice closed streams a moment later. */
function untilAccepted(open: () => Promise<Streaming>): Promise<Streaming> {
  return eventually(open, ({ status }) => status === 200);
}

async function expectRejected(open: () => Promise<Streaming>): Promise<void> {
  const { status, headers, ended } = await open();
  expect([status, headers['retry-after']]).toEqual([429, '5']);
  expect(JSON.parse(await ended)).toEqual({ errors: [LIMIT_ERROR] });
}

test('limits the subscriptions of one viewer over all transports and connections', async () => {
  const watching = await watchAdditions(url, ada);
  const eventStream = await untilAccepted(bySse);
  const partStream = await untilAccepted(byMultipart);
  await expectRejected(bySse);
  await expectRejected(byMultipart);
  const other = liveClient(url, ada.accessToken);
  expect(await watch(other, ADDED).waitForEnd()).toEqual([LIMIT_ERROR]);
  // The socket of the rejected subscription and all other operations continue.
  await watch(other, '{ viewer { email } }').waitForEvents(1);
  await other.dispose();
  await watchAdditions(url, bob);
  const email = await addRandomSubscriber(url, ada.accessToken);
  await Promise.all([
    waitForAll(watching, [email]),
    eventStream.waitForText(email),
    partStream.waitForText(email),
  ]);

  eventStream.close();
  partStream.close();
  watching.stop();
  for (let n = 0; n < PER_VIEWER; n += 1) await untilAccepted(n % 2 === 0 ? byMultipart : bySse);
  await expectRejected(bySse);
});

test('counts a subscription once when it changes its room and its schema', async () => {
  const start = await streamCursor(url, ada.accessToken);
  const missed = [
    await addRandomSubscriber(url, ada.accessToken),
    await addRandomSubscriber(url, ada.accessToken),
  ];
  // Bob keeps the room open that the subscription joins.
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
  await waitForAll(resumed, missed);
  await reloads.to(withAnotherRequest);
  const sent = [...missed, await addRandomSubscriber(url, ada.accessToken)];
  await reloads.to(whole);
  sent.push(await addRandomSubscriber(url, ada.accessToken));
  await waitForAll(resumed, sent);
  expect(emailsOf(resumed)).toEqual(sent);

  const others = [await untilAccepted(bySse), await untilAccepted(bySse)];
  await expectRejected(bySse);
  resumed.stop();
  others.push(await untilAccepted(bySse));
  await expectRejected(bySse);
  for (const each of others) each.close();
  for (let n = 0; n < PER_VIEWER; n += 1) await untilAccepted(bySse);
  await client.dispose();
});

test('does not count subscriptions that a subgraph rejects or whose socket breaks', async () => {
  for (let n = 0; n < 2 * PER_VIEWER; n += 1) {
    const client = liveClient(url, ada.accessToken);
    const rejected = watch(client, ADDED, { after: 'no cursor' });
    expect(await rejected.waitForEnd()).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    await watchAdditions(url, ada, ADDED, client);
    client.terminate();
    await eventually(
      async () => (await fetch(system.metricsUrls.gateway)).text(),
      (metrics) => /^live_connections 0$/m.test(metrics),
    );
  }
});
