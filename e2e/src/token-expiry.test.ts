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

test('ends subscriptions with 4403 when the access token expires, and rejects it over HTTP', async () => {
  const ada = await newPerson(system.gatewayUrl);
  const client = liveClient(system.gatewayUrl, ada.accessToken);
  const watching = watch(client, 'subscription { subscriberAdded { cursor } }');
  expect(await watching.waitForEnd()).toMatchObject({ code: 4403, reason: 'SUBSCRIPTION_AUTH_EXPIRED' });
  expect(watching.events).toEqual([]);

  const viewer = () => post(system.gatewayUrl, '{ viewer { email } }', { token: ada.accessToken });
  const rejected = await eventually(viewer, ({ status }) => status === 401);
  expect(codesOf(rejected)).toEqual(['UNAUTHENTICATED']);
});

test.each([
  ['text/event-stream', (text: string) => blocksOf(text).map(({ event, data }) => ({ event, ...data }))],
  ['multipart/mixed;subscriptionSpec=1.0', (text: string) => partsOf(text)],
])('ends a stream when the access token expires: %s', async (accept, resultsIn) => {
  const ada = await newPerson(system.gatewayUrl);
  const stream = await openStream(system.gatewayUrl, {
    token: ada.accessToken,
    headers: { accept },
    body: { query: 'subscription { subscriberAdded { cursor } }' },
  });
  const [last, ...others] = resultsIn(await stream.ended).toReversed();
  expect(last).toMatchObject({ errors: [{ extensions: { code: 'SUBSCRIPTION_AUTH_EXPIRED' } }] });
  // The stream has no complete event.
  expect(others.filter((each) => 'event' in each && each.event !== undefined)).toEqual([]);
});
