import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withClient } from '@supergraph/tools/postgres-client';
import { WebSocket } from 'ws';
import { type Fault, FaultProxy } from './harness/fault-proxy.js';
import { codesOf, post, postRaw } from './harness/http.js';
import { ask, liveClient } from './harness/live-client.js';
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
      emailSubscriptions: { LOG_LEVEL: 'trace' },
    },
    between: { emailSubscriptions: async (origin) => (proxy = await FaultProxy.before(origin)).origin },
  });
  url = system.gatewayUrl;
  ada = await newPerson(url);
});
afterAll(async () => {
  await system?.stop();
  await proxy?.close();
});

/** Stacks, SQL, addresses, hosts, and names of what we are made of. */
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

/** What comes back on a connection for bytes that are whatever they are. */
function exchange(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    let text = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    socket.once('close', () => resolve(text));
    // A server that has read enough resets the connection; what it had answered by then is what counts.
    socket.once('error', () => undefined);
  });
}

const LIST = '{ subscribers(first: 1) { nodes { id } } }';

describe('no error tells what we are made of', () => {
  test.each<[Fault]>([['reset'], ['html'], ['redirect'], ['garbage'], ['garbled head'], ['black hole']])(
    'when a subgraph answers by %s, over HTTP and WebSocket',
    async (fault) => {
      proxy.meet(fault);
      const client = liveClient(url, ada.accessToken);
      const answer = await post(url, LIST, { token: ada.accessToken });
      expect(codesOf(answer)).toEqual(['SUBGRAPH_UNAVAILABLE']);
      expectNothingInternal(answer.text);
      expectNothingInternal(JSON.stringify(await ask(client, LIST)));
      await client.dispose();
      proxy.meet('none');
    },
  );

  test('when the database refuses what a subgraph asks of it', async () => {
    const rename = (from: string, to: string) =>
      withClient(system.databaseUrls.emailSubscriptions, (client) =>
        client.query(`ALTER TABLE ${from} RENAME TO ${to}`),
      );
    await rename('subscribers', 'gone');
    const client = liveClient(url, ada.accessToken);
    const answer = await post(url, LIST, { token: ada.accessToken });
    expect(codesOf(answer)).toEqual(['INTERNAL_SERVER_ERROR']);
    expectNothingInternal(answer.text);
    const byWebSocket = await ask(client, LIST);
    expect(byWebSocket.errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
    expectNothingInternal(JSON.stringify(byWebSocket));
    await client.dispose();
    await rename('gone', 'subscribers');
  });

  test.each<[string, string, number]>([
    ['no JSON', '{"query": ', 400],
    ['too much', `{"query":"${'x'.repeat(2_000_000)}"}`, 413],
    ['a list', '[]', 400],
    ['a polluting key', '{"__proto__":{}}', 400],
  ])('when a body is %s', async (_, body, status) => {
    const answer = await postRaw(url, body);
    expect(answer.status).toBe(status);
    expect(answer.errors).toHaveLength(1);
    expectNothingInternal(answer.text);
  });

  test('when there is nothing at an address, or not by that method', async () => {
    for (const [path, method] of [
      ['/nope', 'GET'],
      ['/graphql', 'DELETE'],
      ['/graphql/%zz', 'GET'],
      ['/.well-known/jwks.json', 'GET'],
    ] as const) {
      const response = await fetch(new URL(path, url), { method });
      expect(response.status).toBeGreaterThanOrEqual(400);
      expectNothingInternal(await response.text());
    }
  });

  test('when bytes are no HTTP, and when an upgrade is refused', async () => {
    for (const bytes of [
      'nonsense\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      `GET /graphql HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
      'GET /nope HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
      'GET /graphql HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-protocol: nope\r\n\r\n',
    ]) {
      const answer = await exchange(bytes);
      expect(answer).toMatch(/^(HTTP\/1\.1 (4\d\d|505) |$)/);
      expectNothingInternal(answer);
    }
  });
});

test('no token, password or e-mail address is in any line of any log, whatever happened', async () => {
  const bob = await newPerson(url);
  const stranger = freshEmail('stranger');
  const secrets = [ada, bob].flatMap(({ email, accessToken, refreshToken }) => [
    email,
    accessToken,
    refreshToken,
  ]);
  await addSubscriber(url, bob.accessToken, { email: stranger });
  const client = liveClient(url, bob.accessToken);
  // What was asked for, what was refused, and what was wrong, as text of the document and as variables.
  const documents = [
    `{ subscriberByEmail(email: "${stranger}") { email } }`,
    `{ subscriberByEmail(email: "${stranger}") { nope } }`,
    `{ subscriberByEmail(email: "${stranger}" `,
    `mutation { addSubscriber(input: { email: "${stranger}" }) { created userErrors { message } } }`,
    `mutation { login(input: { email: "${ada.email}", password: "wrong ${PASSWORD}" }) { userErrors { code } } }`,
    `mutation { refreshSession(input: { refreshToken: "${ada.refreshToken}" }) { userErrors { code } } }`,
  ];
  for (const fault of ['none', 'reset', 'garbage'] as const) {
    proxy.meet(fault);
    for (const query of documents) {
      await post(url, query, { token: bob.accessToken });
      await ask(client, query).catch(() => undefined);
    }
  }
  proxy.meet('none');
  await postRaw(url, `{"query":"{ __typename }","email":"${stranger}`, {
    authorization: `Bearer ${ada.accessToken}x`,
  });
  await fetch(`${url}?query=${encodeURIComponent(documents[0]!)}`, {
    headers: { authorization: `Bearer ${bob.accessToken}`, 'apollo-require-preflight': '1' },
  });
  for (const path of [stranger, `reset/${ada.refreshToken}`]) await fetch(new URL(`/${path}`, url));
  const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws');
  socket.once('open', () =>
    socket.send(
      JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${bob.accessToken}x` } }),
    ),
  );
  await new Promise((resolve) => socket.once('close', resolve));
  await client.dispose();
  // Lines are written in batches; the last of them when a service ends.
  await system.stop();
  for (const service of Object.values(system.processes)) {
    const lines = service.logs();
    expect(lines.length).toBeGreaterThan(10);
    for (const line of lines) {
      for (const secret of [...secrets, stranger, PASSWORD, 'Bearer ']) expect(line).not.toContain(secret);
      expect(line).not.toMatch(/\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/);
    }
  }
});
