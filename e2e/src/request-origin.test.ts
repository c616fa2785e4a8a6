import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withClient } from '@supergraph/tools/postgres-client';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { post } from './harness/http.js';
import { execute } from './harness/live-client.js';
import { newPerson, PASSWORD, type Person } from './harness/people.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';

const LOGIN =
  'mutation ($input: LoginInput!) { login(input: $input) { viewer { currentSession { id } } userErrors { code } } }';

let system: TestSystem;
let ada: Person;
beforeAll(async () => {
  system = await startTestSystem();
  ada = await newPerson(system.gatewayUrl);
});
afterAll(() => system?.stop());

const input = () => ({ email: ada.email, password: PASSWORD });

/** The address and user agent of a session, as users stored them. */
async function originOf(sessionId: string) {
  const { rows } = await withClient(system.databaseUrls.users!, (client) =>
    client.query('SELECT ip, user_agent AS "userAgent" FROM sessions WHERE id = $1', [sessionId]),
  );
  return rows[0] as unknown;
}

/** Headers by which a client could try to fake its origin. */
const CLAIMS = {
  'x-forwarded-for': '198.51.100.1, 203.0.113.9',
  forwarded: 'for=198.51.100.1',
  'x-real-ip': '198.51.100.1',
  'x-user-agent': 'Forged',
  rctx: '{"req_ip":"198.51.100.1"}',
};

test.each([
  ['JSON', { accept: 'application/json' }],
  ['an event stream', { accept: 'text/event-stream, application/json' }],
])('stores the origin of a login over HTTP with a response as %s', async (_, accept) => {
  const response = await fetch(system.gatewayUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'Firefox', ...accept, ...CLAIMS },
    body: JSON.stringify({
      query: LOGIN,
      variables: { input: input() },
      extensions: { origin: { ip: '198.51.100.1' }, rctx: { req_ip: '198.51.100.1' } },
    }),
  });
  const sessionId = /"currentSession":\{"id":"([^"]+)"/.exec(await response.text())![1]!;
  expect(await originOf(sessionId)).toEqual({ ip: '203.0.113.9', userAgent: 'Firefox' });
});

test('stores the origin of the socket for a login over WebSocket', async () => {
  class BrowserSocket extends WebSocket {
    constructor(address: string, protocol: string) {
      super(address, protocol, { headers: { 'user-agent': `Opera ${'x'.repeat(500)}`, ...CLAIMS } });
    }
  }
  const client = createClient({
    url: system.gatewayUrl.replace(/^http/, 'ws'),
    webSocketImpl: BrowserSocket,
    retryAttempts: 0,
    connectionParams: { origin: { ip: '198.51.100.1' }, 'user-agent': 'Forged' },
  });
  const { data } = await execute(client, LOGIN, { input: input() });
  await client.dispose();
  expect(await originOf(data.login.viewer.currentSession.id)).toEqual({
    ip: '203.0.113.9',
    userAgent: `Opera ${'x'.repeat(250)}`,
  });
});

test('stores only the address for a client without a user agent', async () => {
  const { data } = await post(system.gatewayUrl, LOGIN, {
    variables: { input: input() },
    headers: { 'user-agent': '' },
  });
  expect(await originOf(data.login.viewer.currentSession.id)).toEqual({ ip: '127.0.0.1', userAgent: null });
});
