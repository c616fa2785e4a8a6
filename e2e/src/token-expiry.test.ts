import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { eventually } from './harness/eventually.js';
import { codesOf, post } from './harness/http.js';
import { blocksOf, openStream, partsOf } from './harness/http-stream.js';
import { liveClient, watch } from './harness/live-client.js';
import { newPerson } from './harness/people.js';
import { startTestSystem } from './harness/test-system.js';

let system: System;
beforeAll(async () => {
  system = await startTestSystem({ env: { users: { ACCESS_TOKEN_SECONDS: '6' } } });
});
afterAll(() => system?.stop());

const SUBSCRIPTION = 'subscription { subscriberAdded { cursor } }';

test('ends every subscription when the access token expires, and rejects the token over HTTP', async () => {
  const ada = await newPerson(system.gatewayUrl);
  const client = liveClient(system.gatewayUrl, ada.accessToken);
  const watching = watch(client, SUBSCRIPTION);
  const streams = await Promise.all(
    ['text/event-stream', 'multipart/mixed;subscriptionSpec=1.0'].map((accept) =>
      openStream(system.gatewayUrl, {
        token: ada.accessToken,
        headers: { accept },
        body: { query: SUBSCRIPTION },
      }),
    ),
  );
  expect(await watching.waitForEnd()).toMatchObject({ code: 4403, reason: 'SUBSCRIPTION_AUTH_EXPIRED' });
  expect(watching.events).toEqual([]);

  const [events = '', multipart = ''] = await Promise.all(streams.map(({ ended }) => ended));
  const [lastPart] = partsOf(multipart).toReversed();
  const [lastBlock, ...otherBlocks] = blocksOf(events).toReversed();
  for (const last of [lastPart, lastBlock?.data]) {
    expect(last).toMatchObject({ errors: [{ extensions: { code: 'SUBSCRIPTION_AUTH_EXPIRED' } }] });
  }
  // The stream has no complete event.
  expect(otherBlocks.filter(({ event }) => event !== undefined)).toEqual([]);

  const viewer = () => post(system.gatewayUrl, '{ viewer { email } }', { token: ada.accessToken });
  const rejected = await eventually(viewer, ({ status }) => status === 401);
  expect(codesOf(rejected)).toEqual(['UNAUTHENTICATED']);
});
