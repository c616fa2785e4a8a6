import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { type AnotherGateway, startAnotherGateway } from './harness/another-gateway.js';
import { closeStreams, openStream, type StreamRequest } from './harness/http-stream.js';
import { post } from './harness/http.js';
import { freshEmail, newPerson, type Person } from './harness/people.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';

const LISTED = 'https://app.example.com';
const PUBLIC = 'https://graph.example.com';
const QUERY = '{ viewer { email } }';

let system: TestSystem;
let published: AnotherGateway;
let closed: AnotherGateway;
let ada: Person;
beforeAll(async () => {
  // With the default origins.
  system = await startTestSystem({ env: { gateway: { CORS_ORIGINS: '' } } });
  published = await startAnotherGateway(system, {
    NODE_ENV: 'production',
    PUBLIC_URL: `${PUBLIC}, https://graph2.example.com`,
    CORS_ORIGINS: LISTED,
  });
  closed = await startAnotherGateway(system, { NODE_ENV: 'production' });
  await Promise.all([published, closed].map(({ process }) => process.ready()));
  ada = await newPerson(system.gatewayUrl);
});
const sockets: WebSocket[] = [];
afterEach(() => {
  closeStreams();
  for (const socket of sockets.splice(0)) socket.terminate();
});
afterAll(async () => {
  await Promise.all([published, closed].map((gateway) => gateway?.process.stop()));
  await system?.stop();
});

/** The headers by which a browser identifies a page. */
interface Page {
  host: string;
  origin?: string;
}

/** Sends the query over each transport, as a page does; returns the status. */
const TRANSPORTS: Record<string, (url: string, page: Page, query?: string) => Promise<number>> = {
  'HTTP POST': (url, page, query = QUERY) => send(url, page, { body: { query } }),
  'HTTP GET': (url, page) =>
    send(withQuery(url), page, { method: 'GET', headers: { 'apollo-require-preflight': '1' } }),
  'server-sent events': (url, page, query = QUERY) =>
    send(url, page, { headers: { accept: 'text/event-stream' }, body: { query } }),
  'server-sent events by GET': (url, page) =>
    send(withQuery(url), page, { method: 'GET', headers: { accept: 'text/event-stream' } }),
  multipart: (url, page, query = QUERY) =>
    send(url, page, {
      headers: { accept: 'multipart/mixed;subscriptionSpec="1.0", application/json' },
      body: { query },
    }),
  WebSocket: (url, { host, origin }) => {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws', {
      headers: { host },
      ...(origin !== undefined && { origin }),
    });
    sockets.push(socket);
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(200));
      socket.once('unexpected-response', (_, { statusCode }) => resolve(statusCode!));
      socket.once('error', reject);
    });
  },
};

async function send(url: string, page: Page, request: StreamRequest): Promise<number> {
  const response = await openStream(url, {
    ...request,
    token: ada.accessToken,
    headers: { 'accept-language': 'en', ...page, ...request.headers },
  });
  const text = await response.ended;
  if (response.status === 403) {
    expect(JSON.parse(text)).toEqual({
      errors: [{ message: expect.any(String), extensions: { code: 'FORBIDDEN' } }],
    });
  } else expect(text).toContain(ada.email);
  return response.status;
}

function withQuery(url: string): string {
  return `${url}?${new URLSearchParams({ query: QUERY }).toString()}`;
}

const hostOf = (url: string) => new URL(url).host;
const portOf = (url: string) => new URL(url).port;

/** There are two checks: one for all HTTP requests, and one for upgrades. */
describe.each(['HTTP POST', 'WebSocket'])('over %s', (transport) => {
  const request = TRANSPORTS[transport]!;

  test.each(['https://evil.example', 'null', `${PUBLIC}.evil.example`, 'http://localhost:1'])(
    'rejects a page of the origin %s',
    async (origin) => {
      for (const url of [system.gatewayUrl, published.url, closed.url])
        expect(await request(url, { host: hostOf(url), origin })).toBe(403);
    },
  );

  test.each(['127.0.0.1', 'localhost', '[::1]'])(
    'accepts a page from the gateway by the name %s in development only',
    async (name) => {
      for (const [url, status] of [
        [system.gatewayUrl, 200],
        [published.url, 403],
        [closed.url, 403],
      ] as const) {
        const host = `${name}:${portOf(url)}`;
        expect(await request(url, { host, origin: `http://${host}` })).toBe(status);
      }
    },
  );

  test('accepts Apollo Sandbox in development only', async () => {
    const origin = 'https://studio.apollographql.com';
    expect(await request(system.gatewayUrl, { host: hostOf(system.gatewayUrl), origin })).toBe(200);
    expect(await request(closed.url, { host: hostOf(closed.url), origin })).toBe(403);
  });
});

describe.each(Object.keys(TRANSPORTS))('over %s', (transport) => {
  const request = TRANSPORTS[transport]!;

  test('rejects a page whose name was rebound to the gateway, in development and in production', async () => {
    for (const url of [system.gatewayUrl, published.url, closed.url]) {
      const host = `evil.example:${portOf(url)}`;
      expect(await request(url, { host, origin: `http://${host}` })).toBe(403);
    }
  });

  test('accepts pages of PUBLIC_URL and CORS_ORIGINS in production, with any Host', async () => {
    for (const origin of [PUBLIC, 'https://graph2.example.com', LISTED]) {
      for (const host of ['graph.example.com', 'gateway:4000', hostOf(published.url)])
        expect(await request(published.url, { host, origin })).toBe(200);
      expect(await request(closed.url, { host: 'graph.example.com', origin })).toBe(403);
    }
  });

  test('accepts a request without an Origin by address and by container name', async () => {
    for (const url of [system.gatewayUrl, published.url, closed.url]) {
      for (const host of [hostOf(url), '10.0.0.7:4000', 'gateway:4000'])
        expect(await request(url, { host })).toBe(200);
    }
  });
});

test.each(['HTTP GET', 'server-sent events by GET'])(
  'rejects a rebound page over %s without an Origin',
  async (transport) => {
    for (const url of [system.gatewayUrl, published.url, closed.url])
      expect(await TRANSPORTS[transport]!(url, { host: `evil.example:${portOf(url)}` })).toBe(403);
    expect(await TRANSPORTS[transport]!(published.url, { host: 'graph.example.com' })).toBe(200);
  },
);

test('executes nothing for a rejected page', async () => {
  const email = freshEmail();
  const mutation = `mutation { addSubscriber(input: { email: "${email}" }) { created } }`;
  const page = { host: 'evil.example', origin: 'http://evil.example' };
  for (const transport of ['HTTP POST', 'server-sent events', 'multipart'])
    expect(await TRANSPORTS[transport]!(system.gatewayUrl, page, mutation)).toBe(403);
  const { data } = await post(system.gatewayUrl, `{ subscriberByEmail(email: "${email}") { email } }`, {
    token: ada.accessToken,
  });
  expect(data).toEqual({ subscriberByEmail: null });
});

test('accepts health checks with any Host and Origin', async () => {
  const response = await openStream(`${closed.origin}/health/ready`, {
    method: 'GET',
    headers: { host: 'evil.example', origin: 'http://evil.example', 'accept-language': 'en' },
  });
  expect(response.status).toBe(200);
});
