import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withClient } from '@supergraph/tools/postgres-client';
import { WebSocket } from 'ws';
import { type Fault, FaultProxy } from './harness/fault-proxy.js';
import { codesOf, post, postRaw } from './harness/http.js';
import { execute, liveClient } from './harness/live-client.js';
import { addSubscriber, freshEmail, newPerson, PASSWORD, type Person } from './harness/people.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';

let proxy: FaultProxy;
let system: TestSystem;
let url: string;
let ada: Person;
beforeAll(async () => {
  system = await startTestSystem({
    env: {
      gateway: { LOG_LEVEL: 'trace', SUBGRAPH_TIMEOUT_MS: '3000' },
      users: { LOG_LEVEL: 'trace' },
      'email-subscriptions': { LOG_LEVEL: 'trace' },
    },
    between: { 'email-subscriptions': async (origin) => (proxy = await FaultProxy.inFrontOf(origin)).origin },
  });
  url = system.gatewayUrl;
  ada = await newPerson(url);
});
afterAll(async () => {
  await system?.stop();
  await proxy?.close();
});

/** Stacks, SQL, addresses, hosts, and names of dependencies. */
const INTERNAL = [
  /\bat .*\.(js|ts)\b/,
  /node_modules|dist\//,
  /SELECT |INSERT |UPDATE |relation |column /,
  /https?:\/\//,
  /127\.0\.0\.1|localhost|db\.internal/,
  /postgres|typeorm|undici|fastify|nest/i,
  /ECONN|UND_ERR|ETIMEDOUT/,
  /users_|email_subscriptions|email-subscriptions/,
];

function expectNothingInternal(body: string): void {
  for (const pattern of INTERNAL) expect(body).not.toMatch(pattern);
}

const LIST = '{ subscribers(first: 1) { nodes { id } } }';

describe('no error reveals internals', () => {
  test.each<[Fault]>([['reset'], ['html'], ['redirect'], ['garbage'], ['garbled head'], ['black hole']])(
    'when a subgraph fails by %s, over HTTP and WebSocket',
    async (fault) => {
      proxy.inject(fault);
      const client = liveClient(url, ada.accessToken);
      const response = await post(url, LIST, { token: ada.accessToken });
      expect(codesOf(response)).toEqual(['SUBGRAPH_UNAVAILABLE']);
      expectNothingInternal(response.text);
      expectNothingInternal(JSON.stringify(await execute(client, LIST)));
      await client.dispose();
      proxy.inject('none');
    },
  );

  test('when a database query of a subgraph fails', async () => {
    const rename = (from: string, to: string) =>
      withClient(system.databaseUrls['email-subscriptions']!, (client) =>
        client.query(`ALTER TABLE ${from} RENAME TO ${to}`),
      );
    await rename('subscribers', 'gone');
    const client = liveClient(url, ada.accessToken);
    const response = await post(url, LIST, { token: ada.accessToken });
    expect(codesOf(response)).toEqual(['INTERNAL_SERVER_ERROR']);
    expectNothingInternal(response.text);
    const byWebSocket = await execute(client, LIST);
    expect(byWebSocket.errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
    expectNothingInternal(JSON.stringify(byWebSocket));
    await client.dispose();
    await rename('gone', 'subscribers');
  });
});

test('logs no token, password or e-mail address', async () => {
  const bob = await newPerson(url);
  const email = freshEmail('logged');
  const secrets = [ada, bob].flatMap(({ email: address, accessToken, refreshToken }) => [
    address,
    accessToken,
    refreshToken,
  ]);
  await addSubscriber(url, bob.accessToken, { email });
  const client = liveClient(url, bob.accessToken);
  // Valid, rejected and malformed operations with personal data.
  const documents = [
    `{ subscriberByEmail(email: "${email}") { email } }`,
    `{ subscriberByEmail(email: "${email}") { nope } }`,
    `{ subscriberByEmail(email: "${email}" `,
    `mutation { addSubscriber(input: { email: "${email}" }) { created userErrors { message } } }`,
    `mutation { login(input: { email: "${ada.email}", password: "wrong ${PASSWORD}" }) { userErrors { code } } }`,
    `mutation { refreshSession(input: { refreshToken: "${ada.refreshToken}" }) { userErrors { code } } }`,
  ];
  for (const fault of ['none', 'reset', 'garbage'] as const) {
    proxy.inject(fault);
    for (const query of documents) {
      await post(url, query, { token: bob.accessToken });
      await execute(client, query).catch(() => undefined);
    }
  }
  proxy.inject('none');
  await postRaw(url, `{"query":"{ __typename }","email":"${email}`, {
    authorization: `Bearer ${ada.accessToken}x`,
  });
  await fetch(`${url}?query=${encodeURIComponent(documents[0]!)}`, {
    headers: { authorization: `Bearer ${bob.accessToken}`, 'apollo-require-preflight': '1' },
  });
  for (const path of [email, `reset/${ada.refreshToken}`]) await fetch(new URL(`/${path}`, url));
  const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws');
  socket.once('open', () =>
    socket.send(
      JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${bob.accessToken}x` } }),
    ),
  );
  await new Promise((resolve) => socket.once('close', resolve));
  await client.dispose();
  // Services write their last lines when they stop.
  await system.stop();
  for (const service of Object.values(system.processes)) {
    const lines = service.logs();
    expect(lines.length).toBeGreaterThan(10);
    for (const line of lines) {
      for (const secret of [...secrets, email, PASSWORD, 'Bearer ']) expect(line).not.toContain(secret);
      expect(line).not.toMatch(/\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/);
    }
  }
});
