import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { composeServices } from '@apollo/composition';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'graphql';
import type { GatewayRoute } from '../http/route.js';
import { ServedGateway } from './testing/served-gateway.js';
import { ServedSubgraph } from './testing/served-subgraph.js';

const TYPES = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@authenticated"])
  type Query { greeting(name: String!): String secret: String @authenticated }
  type Mutation { rename: String }`;
const resolvers = {
  Query: { greeting: (_: unknown, { name }: { name: string }) => `Hello ${name}`, secret: () => 'x' },
  Mutation: { rename: () => 'done' },
};

const route = (
  url: string,
  document: string,
  { anyOrigin = false, method = 'GET' }: Partial<GatewayRoute> = {},
): GatewayRoute => ({
  method,
  path: url,
  anyOrigin,
  handle: (request, _reply, gateway) =>
    gateway.execute(document, request.params as Record<string, unknown>, request),
});
const GREETING = 'query ($name: String!) { greeting(name: $name) }';
const MANY_FIELDS = `{ ${Array.from({ length: 11 }, (_, n) => `a${n}: secret`).join(' ')} }`;
const RENAME = 'mutation { rename }';
const PAGE = 'https://page.example.com';
const throwAtOnce = () => {
  throw new Error('broken');
};

let subgraph: ServedSubgraph;
let gateway: ServedGateway;
beforeAll(async () => {
  subgraph = await ServedSubgraph.start(TYPES, resolvers);
  const { supergraphSdl } = composeServices([
    { name: 'greetings', url: subgraph.url, typeDefs: parse(TYPES) },
  ]);
  gateway = await ServedGateway.start(supergraphSdl!, {
    limits: { rateLimitOperations: 20, requestsInFlight: 2 },
    origins: { listed: [PAGE] },
    routes: [
      route('/hello/:name', GREETING),
      route('/open/:name', GREETING, { anyOrigin: true }),
      route('/secret', '{ secret }'),
      route('/many', MANY_FIELDS),
      route('/rename', RENAME),
      route('/rename', RENAME, { method: 'PUT' }),
      { method: 'GET', path: '/broken', handle: throwAtOnce },
    ],
  });
});
afterAll(async () => {
  await gateway?.stop();
  await subgraph?.stop();
});

const get = async (url: string, headers: Record<string, string> = {}) => {
  const response = await fetch(`${gateway.url}${url}`, { headers });
  return { status: response.status, body: await response.json() };
};
const failure = (code: string) => ({ body: { errors: [{ extensions: { code } }] } });

test('a route executes an operation with variables', async () => {
  expect(await get('/hello/Ada')).toEqual({ status: 200, body: { data: { greeting: 'Hello Ada' } } });
});

test('a route is called by the same pages as /graphql, unless it is open to all', async () => {
  const headers = { origin: 'https://evil.example.com' };
  expect(await get('/hello/Ada', headers)).toMatchObject({ status: 403, ...failure('FORBIDDEN') });
  expect((await get('/open/Ada', headers)).status).toBe(200);
});

test('a route that throws at once does not count as load afterwards', async () => {
  for (let n = 0; n < 3; n += 1) expect((await get('/broken')).status).toBe(500);
  expect((await get('/hello/Ada')).status).toBe(200);
});

test('a GET route executes no mutation', async () => {
  expect(await get('/rename')).toMatchObject({ body: { errors: [{ extensions: { code: 'BAD_REQUEST' } }] } });
  const response = await fetch(`${gateway.url}/rename`, { method: 'PUT' });
  expect(await response.json()).toEqual({ data: { rename: 'done' } });
});

test('a preflight allows the methods of /graphql and of all routes', async () => {
  const headers = { origin: PAGE, 'access-control-request-method': 'PUT' };
  const { status, headers: allowed } = await fetch(`${gateway.url}/rename`, { method: 'OPTIONS', headers });
  expect([status, allowed.get('access-control-allow-methods')]).toEqual([204, 'GET, POST, PUT']);
});

test('operations of routes pass the checks of all others', async () => {
  expect(await get('/secret')).toMatchObject(failure('UNAUTHENTICATED'));
  expect(await get('/many')).toMatchObject({
    body: { errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED', limit: 'rootFields' } }] },
  });
  expect(await get('/hello/Ada', { authorization: 'Bearer forged' })).toMatchObject(
    failure('UNAUTHENTICATED'),
  );
  for (let n = 0; n < 20; n += 1) await get('/hello/Ada');
  expect(await get('/hello/Ada')).toMatchObject(failure('RATE_LIMITED'));
});

test('with persisted operations, a route executes its own documents and no others', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'manifest-'));
  const manifest = path.join(folder, 'manifest.json');
  await writeFile(manifest, '{"format":"apollo-persisted-query-manifest","version":1,"operations":[]}');
  const { supergraphSdl } = composeServices([
    { name: 'greetings', url: subgraph.url, typeDefs: parse(TYPES) },
  ]);
  const safelisted = await ServedGateway.start(supergraphSdl!, {
    persistedOperations: manifest,
    routes: [
      { ...route('/hello/:name', GREETING), documents: [GREETING] },
      route('/open/:name', 'query Open($name: String!) { greeting(name: $name) }'),
    ],
  });
  try {
    const answers = ['/hello/Ada', '/open/Ada'].map(async (each) =>
      (await fetch(`${safelisted.url}${each}`)).json(),
    );
    expect(await Promise.all(answers)).toMatchObject([
      { data: { greeting: 'Hello Ada' } },
      failure('FORBIDDEN').body,
    ]);
  } finally {
    await safelisted.stop();
    await rm(folder, { recursive: true });
  }
});
