import { composeServices } from '@apollo/composition';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getIntrospectionQuery, parse } from 'graphql';
import { pino } from 'pino';
import { FakeServer } from '../identity/testing/fake-server.js';
import { bearer, issuersKey, PARTIES, published } from '../identity/testing/issued.js';
import type { GatewayRoute } from '../http/route.js';
import { get, hashOf, overWebSocket, post, type Received, type Sent } from './testing/sent-operations.js';
import { ServedGateway } from './testing/served-gateway.js';
import { ServedSubgraph } from './testing/served-subgraph.js';

const LINK = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9",
    import: ["@key", "@authenticated", "@requiresScopes", "@listSize", "@shareable"])`;
const SHOP = `${LINK}
  type Query {
    greeting(name: String!, loud: Boolean = false): String
    orders(first: Int!): [Order!] @listSize(slicingArguments: ["first"])
    secret: String @requiresScopes(scopes: [["vault"]])
    mine: String @authenticated
    broken: String
    must: Order
    nothing: String
  }
  type Order { id: ID! total: Int! }
  type Mutation { rename(to: Name): String }
  input Name { first: String! }
  type Subscription { ticks: Int }`;
const DOWN = `${LINK} type Query { weather: String }`;

const resolvers = {
  Query: {
    greeting: (_: unknown, { name }: { name: string }) => `Hello ${name}`,
    orders: (_: unknown, { first }: { first: number }) =>
      Array.from({ length: Math.min(first, 3) }, (_each, id) => ({ id, total: id })),
    secret: () => 'x',
    mine: () => 'y',
    broken: () => {
      throw new Error('internal detail');
    },
    must: () => ({ id: '1', total: null }),
  },
  Mutation: { rename: () => 'done' },
};

const key = issuersKey();
const CLERK = { authorization: bearer(key) };
const lines: string[] = [];
const logger = pino({ base: null, timestamp: false }, { write: (line: string) => void lines.push(line) });
/** The route of a mutation, which its method decides about. */
const rename = (method: 'GET' | 'PUT'): GatewayRoute => ({
  method,
  path: '/rename',
  handle: (request, _reply, gateway) => gateway.execute('mutation Rename { rename }', {}, request),
});

let issuer: FakeServer;
let shop: ServedSubgraph;
let supergraphSdl: string;
beforeAll(async () => {
  issuer = await FakeServer.start();
  issuer.answer = () => published(key);
  shop = await ServedSubgraph.start(SHOP, resolvers);
  const down = await ServedSubgraph.start(DOWN, {});
  const composed = composeServices([
    { name: 'shop', url: shop.url, typeDefs: parse(SHOP) },
    { name: 'down', url: down.url, typeDefs: parse(DOWN) },
  ]);
  await down.stop();
  supergraphSdl = composed.supergraphSdl!;
});
afterAll(async () => {
  await shop?.stop();
  await issuer?.stop();
});

function serve(options: { production?: boolean; persistedOperations?: string } = {}): Promise<ServedGateway> {
  return ServedGateway.start(supergraphSdl, {
    logger,
    identity: { jwksUrl: `${issuer.origin}/jwks`, ...PARTIES },
    routes: [rename('GET'), rename('PUT')],
    limits: { cost: 100 },
    ...options,
  });
}

const GREETING = 'query Greet($name: String!, $loud: Boolean) { greeting(name: $name, loud: $loud) }';
const ORDERS = 'query ($first: Int!) { orders(first: $first) { id total } }';
const TWO = 'query A { greeting(name: "a") } query B { nothing }';
const RENAME = 'mutation ($to: Name) { rename(to: $to) }';
const HASHED = '{ hashed: greeting(name: "Ada") }';

/** Operations whose second use is prepared. */
const PREPARED: Record<string, Sent> = {
  'a query': { query: '{ greeting(name: "Ada") }' },
  'a query with its name': { query: 'query Named { nothing }', operationName: 'Named' },
  variables: { query: GREETING, variables: { name: 'Ada' } },
  'a missing variable': { query: GREETING, variables: {} },
  'no variables': { query: GREETING },
  'variables of other types': { query: GREETING, variables: { name: { a: 1 }, loud: 'x' } },
  'a variable that must not be null': { query: GREETING, variables: { name: null } },
  'empty values': { query: '{ nothing }', operationName: '', variables: null, extensions: null },
  'a cost within the limit': { query: ORDERS, variables: { first: 2 } },
  'a cost over the limit by its variables': { query: ORDERS, variables: { first: 1_000 } },
  'a hidden field': { query: '{ secret nothing }' },
  'only hidden fields': { query: '{ secret }' },
  'a field without its scope': { query: '{ secret nothing mine }', headers: CLERK },
  'a field for the caller': { query: '{ mine }', headers: CLERK },
  'the first of two operations': { query: TWO, operationName: 'A' },
  'the second of two operations': { query: TWO, operationName: 'B' },
  'none of two operations': { query: TWO },
  'an empty name for two operations': { query: TWO, operationName: '' },
  'an unknown operation': { query: TWO, operationName: 'C' },
  'the wrong name of the only operation': { query: '{ nothing }', operationName: 'C' },
  'a mutation': { query: RENAME, variables: { to: { first: 'Ada' } } },
  'a mutation with an invalid value': { query: RENAME, variables: { to: { last: 'Ada' } } },
  'an error of a subgraph': { query: '{ broken nothing }' },
  'a subgraph that is down': { query: '{ weather nothing }' },
  'a null that propagates': { query: '{ must { id total } }' },
  'null data': { query: '{ nothing }' },
  'the name of a type': { query: '{ __typename nothing }' },
  'a subscription that is not streamed': { query: 'subscription { ticks }' },
  'a fragment': { query: '{ ...F } fragment F on Query { greeting(name: "Ada") }' },
  'a condition': {
    query: 'query ($yes: Boolean!) { nothing greeting(name: "x") @include(if: $yes) }',
    variables: { yes: true },
  },
  'a longer text than V8 hashes': { query: `{ nothing } # ${'x'.repeat(20_000)}` },
  'a response of another type': {
    query: '{ nothing }',
    headers: { accept: 'application/graphql-response+json, application/json;q=0.9' },
  },
  'server-sent events': { query: '{ nothing }', headers: { accept: 'text/event-stream' } },
  'an error in server-sent events': { query: GREETING, headers: { accept: 'text/event-stream' } },
  multipart: {
    query: '{ nothing }',
    headers: { accept: 'multipart/mixed;subscriptionSpec=1.0, application/json' },
  },
};

/** Operations that Apollo Server serves each time. */
const NOT_PREPARED: Record<string, Sent> = {
  'a syntax error': { query: '{ nothing' },
  'an unknown field': { query: '{ nothin }' },
  'a document over a limit': { query: `{ ${'a: nothing '.repeat(31)} }` },
  'a text over a limit': { query: `{ nothing } # ${'x'.repeat(70_000)}` },
  'a reserved alias': { query: '{ __a: nothing }' },
  'an unknown hash': { extensions: hashOf('{ unknown: nothing }') },
  'the hash of another document': { query: '{ nothing }', extensions: hashOf('{ other: nothing }') },
  'another version of hashes': { extensions: { persistedQuery: { version: 2, sha256Hash: 'x' } } },
  'a list of hashes': { extensions: { persistedQuery: { version: 1, sha256Hash: ['x'] } } },
  'no query': { variables: {} },
  'a query of another type': { query: 7 },
  'variables of another type': { query: '{ nothing }', variables: [] },
  'an invalid token': { query: '{ nothing }', headers: { authorization: 'Bearer x' } },
  'an unacceptable type': { query: '{ nothing }', headers: { accept: 'text/html' } },
  'a subscription of an unacceptable type': {
    query: 'subscription { ticks }',
    headers: { accept: 'text/html' },
  },
};

/** What a client and the log get. The log has no ids of requests, and no times. */
async function outcome(response: Promise<Received>): Promise<{ response: Received; log: string[] }> {
  lines.length = 0;
  const received = await response;
  const log = lines.map((line) => line.replace(/"requestId":"[^"]+"/, '').replace(/"ms":[\d.]+/, ''));
  return { response: received, log };
}

/** Sends the same several times, and compares the outcomes. Returns how many were prepared. */
async function compare(gateway: ServedGateway, send: () => Promise<Received>): Promise<number> {
  const before = gateway.preparedHits;
  const first = await outcome(send());
  for (let n = 0; n < 3; n += 1) expect(await outcome(send())).toEqual(first);
  return gateway.preparedHits - before;
}

let documents = 0;
/** The same with a text that no gateway has seen. */
function unseen(sent: Sent): Sent {
  if (typeof sent.query !== 'string') return sent;
  documents += 1;
  return { ...sent, query: `${sent.query} # ${documents}` };
}

const overHttp = Object.entries(PREPARED);
const overSockets = overHttp.filter(
  ([name, { headers }]) => headers?.['accept'] === undefined && !name.includes('subscription'),
);

describe.each([
  ['in development', { production: false }],
  ['in production', { production: true }],
])('%s, the later uses of a document have the response of the first', (_, options) => {
  let gateway: ServedGateway;
  beforeAll(async () => {
    gateway = await serve(options);
  });
  afterAll(() => gateway?.stop());

  test.each(overHttp)('for %s', async (_name, sent) => {
    const operation = unseen(sent);
    expect(await compare(gateway, () => post(gateway.url, operation))).toBe(3);
  });

  test.each(overSockets)('over WebSocket, for %s', async (_name, sent) => {
    const operation = unseen(sent);
    expect(await compare(gateway, () => overWebSocket(gateway.url, operation))).toBe(3);
  });

  test.each(overHttp)('by GET, for %s', async (_name, sent) => {
    const operation = unseen(sent);
    const isStream = sent.headers?.['accept'] === 'text/event-stream';
    expect(await compare(gateway, () => get(gateway.url, operation))).toBe(isStream ? 3 : 0);
  });

  test.each(Object.entries(NOT_PREPARED))('without being prepared, for %s', async (_name, sent) => {
    const operation = unseen(sent);
    expect(await compare(gateway, () => post(gateway.url, operation))).toBe(0);
  });

  test('for introspection, alone and with other fields', async () => {
    const isProduction = options.production;
    for (const query of [
      getIntrospectionQuery(),
      '{ nothing __type(name: "Order") { name } }',
      '{ __schema { x } }',
    ]) {
      const isPrepared = !isProduction && !query.endsWith('x } }');
      expect(await compare(gateway, () => post(gateway.url, { query }))).toBe(isPrepared ? 3 : 0);
    }
  });

  test('for a persisted query, by its hash', async () => {
    const extensions = hashOf(HASHED);
    const text = await post(gateway.url, { query: HASHED, extensions });
    expect(text.body).toBe('{"data":{"hashed":"Hello Ada"}}\n');
    for (const sent of [{ extensions }, { query: HASHED, extensions }, { query: '', extensions }]) {
      expect(await post(gateway.url, sent)).toEqual(text);
    }
    expect(await compare(gateway, () => post(gateway.url, { extensions }))).toBe(4);
    const other = { query: `${HASHED} `, extensions };
    expect((await post(gateway.url, other)).status).toBe(400);
  });

  test('for a route, which decides by the method', async () => {
    const call = (method: string) => async () => ({
      body: await (await fetch(`${gateway.url}/rename`, { method })).text(),
    });
    expect(await compare(gateway, call('PUT'))).toBeGreaterThanOrEqual(3);
    expect(await compare(gateway, call('GET'))).toBe(4);
    expect(await call('GET')()).toMatchObject({ body: expect.stringContaining('BAD_REQUEST') });
    expect(await call('PUT')()).toEqual({ body: '{"data":{"rename":"done"}}' });
  });

  test('for each caller, whoever was first', async () => {
    const send = (headers: Record<string, string>) => {
      const operation = unseen({ query: '{ mine secret }', headers });
      return async (later: Record<string, string>) => post(gateway.url, { ...operation, headers: later });
    };
    const [clerkFirst, anybodyFirst] = [send(CLERK), send({})];
    const [clerk, anybody] = [await clerkFirst(CLERK), await anybodyFirst({})];
    expect(clerk.body).not.toBe(anybody.body);
    expect([await clerkFirst({}), await anybodyFirst(CLERK)]).toEqual([anybody, clerk]);
    expect([await clerkFirst({}), await anybodyFirst(CLERK)]).toEqual([anybody, clerk]);
  });
});
