import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { eventually } from './harness/eventually.js';
import { codesOf, post } from './harness/http.js';
import { liveClient, watch } from './harness/live-client.js';
import { newPerson } from './harness/people.js';
import { startTestSystem } from './harness/test-system.js';

let system: System;
beforeAll(async () => {
  system = await startTestSystem({ env: { users: { ACCESS_TOKEN_SECONDS: '2' } } });
});
afterAll(() => system?.stop());

test('an access token that expires ends its live operations with 4403, and is refused over HTTP', async () => {
  const ada = await newPerson(system.gatewayUrl);
  const client = liveClient(system.gatewayUrl, ada.accessToken);
  const watching = watch(client, 'subscription { subscriberAdded { cursor } }');
  expect(await watching.waitForEnd()).toMatchObject({ code: 4403, reason: 'SUBSCRIPTION_AUTH_EXPIRED' });
  expect(watching.events).toEqual([]);

  const viewer = () => post(system.gatewayUrl, '{ viewer { email } }', { token: ada.accessToken });
  const refused = await eventually(viewer, ({ status }) => status === 401);
  expect(codesOf(refused)).toEqual(['UNAUTHENTICATED']);
});
