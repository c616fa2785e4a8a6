import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withClient } from '@supergraph/tools/postgres-client';
import { FaultProxy } from './harness/fault-proxy.js';
import { codesOf, post } from './harness/http.js';
import { newPerson } from './harness/people.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';

const REFRESH = `mutation ($token: String!) {
  refreshSession(input: { refreshToken: $token }) { tokens { accessToken refreshToken } userErrors { code } }
}`;

let system: TestSystem;
let proxy: FaultProxy;
beforeAll(async () => {
  system = await startTestSystem({
    // Longer than the time in which a client can repeat a refresh. The deadline of the schema must apply.
    env: { gateway: { SUBGRAPH_TIMEOUT_MS: '14000' } },
    between: { users: async (origin) => (proxy = await FaultProxy.inFrontOf(origin)).origin },
  });
});
afterAll(async () => {
  await system?.stop();
  await proxy?.close();
});

test('fails a refresh in time when its response is lost, so that the client can repeat it', async () => {
  const url = system.gatewayUrl;
  const { userId, refreshToken } = await newPerson(url);
  const refresh = (token: string) => post(url, REFRESH, { variables: { token } });

  proxy.hold();
  expect(codesOf(await refresh(refreshToken))).toEqual(['SUBGRAPH_UNAVAILABLE']);
  const sessions = await withClient(system.databaseUrls.users!, (client) =>
    client.query('SELECT generation FROM sessions WHERE user_id = $1', [userId]),
  );
  expect(sessions.rows).toEqual([{ generation: 1 }]);
  proxy.inject('none');
  proxy.release();

  const again = await refresh(refreshToken);
  expect(again.data.refreshSession).toMatchObject({ tokens: {}, userErrors: [] });
  const { tokens } = again.data.refreshSession;
  const viewer = await post(url, '{ viewer { user { id } } }', { token: tokens.accessToken });
  expect(viewer.data).toEqual({ viewer: { user: { id: userId } } });
  expect((await refresh(tokens.refreshToken)).data.refreshSession.userErrors).toEqual([]);
});
