import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import { clerk, ComparedGateway, unseen } from './testing/compared-gateway.js';
import { NOT_PREPARED, PREPARED } from './testing/kinds-of-operations.js';
import { get, hashOf, overWebSocket, post, type Sent } from './testing/sent-operations.js';

const HASHED = '{ hashed: greeting(name: "Ada") }';
const overHttp = Object.entries(PREPARED);
const overSockets = overHttp.filter(
  ([name, { headers }]) => headers?.['accept'] === undefined && !name.includes('subscription'),
);

describe.each([
  ['in development', { production: false }],
  ['in production', { production: true }],
])('%s, the later uses of a document have the response of the first', (_, options) => {
  const gateway = new ComparedGateway(options);

  test.each(overHttp)('for %s', async (_name, sent) => {
    const operation = unseen(sent);
    expect(await gateway.compare(() => post(gateway.url, operation))).toBe(3);
  });

  test.each(overSockets)('over WebSocket, for %s', async (_name, sent) => {
    const operation = unseen(sent);
    expect(await gateway.compare(() => overWebSocket(gateway.url, operation))).toBe(3);
  });

  test.each(overHttp)('by GET, for %s', async (_name, sent) => {
    const operation = unseen(sent);
    const isStream = sent.headers?.['accept'] === 'text/event-stream';
    expect(await gateway.compare(() => get(gateway.url, operation))).toBe(isStream ? 3 : 0);
  });

  test.each(Object.entries(NOT_PREPARED))('without being prepared, for %s', async (_name, sent) => {
    const operation = unseen(sent);
    expect(await gateway.compare(() => post(gateway.url, operation))).toBe(0);
  });

  test('for introspection, alone and with other fields', async () => {
    const isProduction = options.production;
    for (const query of [
      getIntrospectionQuery(),
      '{ nothing __type(name: "Order") { name } }',
      '{ __schema { x } }',
    ]) {
      const isPrepared = !isProduction && !query.endsWith('x } }');
      expect(await gateway.compare(() => post(gateway.url, { query }))).toBe(isPrepared ? 3 : 0);
    }
  });

  test('for a persisted query, by its hash', async () => {
    const extensions = hashOf(HASHED);
    const text = await post(gateway.url, { query: HASHED, extensions });
    expect(text.body).toBe('{"data":{"hashed":"Hello Ada"}}\n');
    for (const sent of [{ extensions }, { query: HASHED, extensions }, { query: '', extensions }]) {
      expect(await post(gateway.url, sent)).toEqual(text);
    }
    expect(await gateway.compare(() => post(gateway.url, { extensions }))).toBe(4);
    const other = { query: `${HASHED} `, extensions };
    expect((await post(gateway.url, other)).status).toBe(400);
  });

  test('with the type that the client prefers', async () => {
    const accept = 'application/graphql-response+json, application/json;q=0.9';
    const { headers } = await post(gateway.url, { query: '{ nothing }', headers: { accept } });
    expect(headers?.['content-type']).toBe('application/graphql-response+json; charset=utf-8');
  });

  test('and a hash that no client has registered is unknown', async () => {
    const { query } = unseen({ query: '{ nothing }' });
    for (let n = 0; n < 3; n += 1) expect((await post(gateway.url, { query })).status).toBe(200);
    const { body } = await post(gateway.url, { extensions: hashOf(String(query)) });
    expect(body).toContain('PERSISTED_QUERY_NOT_FOUND');
  });

  test('and an empty name counts as none, over WebSocket too', async () => {
    const sent = { ...unseen({ query: 'query Named { nothing }' }), operationName: '' };
    for (let n = 0; n < 2; n += 1)
      expect((await overWebSocket(gateway.url, sent)).body).toContain('{"data":{"nothing":null}}');
  });

  test('for a route, which decides by the method', async () => {
    const call = (method: string) => async () => ({
      body: await (await fetch(`${gateway.url}/rename`, { method })).text(),
    });
    expect(await gateway.compare(call('PUT'))).toBeGreaterThanOrEqual(3);
    expect(await gateway.compare(call('GET'))).toBe(4);
    expect(await call('GET')()).toMatchObject({ body: expect.stringContaining('BAD_REQUEST') });
    expect(await call('PUT')()).toEqual({ body: '{"data":{"rename":"done"}}' });
  });

  test('for each caller, whoever was first', async () => {
    const [one, other] = [unseen({ query: '{ mine secret }' }), unseen({ query: '{ mine secret }' })];
    const byClerk = (sent: Sent) => post(gateway.url, { ...sent, headers: clerk });
    const byAnybody = (sent: Sent) => post(gateway.url, sent);
    const [toClerk, toAnybody] = [await byClerk(one), await byAnybody(other)];
    expect(toClerk.body).not.toBe(toAnybody.body);
    for (let n = 0; n < 2; n += 1)
      expect([await byClerk(other), await byAnybody(one)]).toEqual([toClerk, toAnybody]);
  });
});

describe('with a list of persisted operations, the later uses of a document have the response of the first', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'persisted-'));
  const persistedOperations = path.join(folder, 'manifest.json');
  const operations = [
    { id: hashOf(HASHED).persistedQuery.sha256Hash, name: 'Hashed', type: 'query', body: HASHED },
  ];
  const manifest = { format: 'apollo-persisted-query-manifest', version: 1, operations };
  writeFileSync(persistedOperations, JSON.stringify(manifest));
  afterAll(() => rmSync(folder, { recursive: true }));
  const gateway = new ComparedGateway({ production: true, persistedOperations });

  test('for a listed document, by its hash and by its text in any layout', async () => {
    expect(await gateway.compare(() => post(gateway.url, { extensions: hashOf(HASHED) }))).toBe(3);
    expect(await gateway.compare(() => post(gateway.url, { query: HASHED }))).toBe(4);
    const { query } = unseen({ query: HASHED });
    expect(await gateway.compare(() => post(gateway.url, { query }))).toBe(3);
    const { body } = await post(gateway.url, { extensions: hashOf(String(query)) });
    expect(body).toContain('PERSISTED_QUERY_NOT_FOUND');
  });

  test('for one that is not listed', async () => {
    const query = '{ greeting(name: "Ada") }';
    for (const sent of [{ query }, { query, extensions: hashOf(query) }, { extensions: hashOf(query) }])
      expect(await gateway.compare(() => post(gateway.url, sent))).toBe(0);
    expect((await post(gateway.url, { query })).status).toBe(403);
  });
});
