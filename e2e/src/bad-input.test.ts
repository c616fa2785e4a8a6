import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { type GraphQLResponse, codesOf, post, postRaw } from './harness/http.js';
import { addSubscriber, newPerson, type Person } from './harness/people.js';
import { startTestSystem } from './harness/test-system.js';

let system: System;
let url: string;
let ada: Person;
beforeAll(async () => {
  system = await startTestSystem();
  url = system.gatewayUrl;
  ada = await newPerson(url, 'Ada');
});
afterAll(() => system?.stop());

const json = (value: unknown) => JSON.stringify(value);
const MEGABYTE = 1_000_000;

/** The response has no stack, SQL, file name, address or port. */
function expectNothingInternal({ text }: GraphQLResponse): void {
  for (const word of [
    /\bat .*\.js/,
    /node_modules/,
    /SELECT |INSERT /,
    /127\.0\.0\.1/,
    /localhost/,
    /postgres/i,
    /ECONN/,
  ]) {
    expect(text).not.toMatch(word);
  }
}

describe('the gateway', () => {
  test.each<[string, string, number, string]>([
    ['malformed JSON', '{"query": ', 400, 'BAD_REQUEST'],
    ['an empty body', '', 400, 'BAD_REQUEST'],
    ['JSON that is not an object', '"query"', 400, 'BAD_REQUEST'],
    ['no query', '{}', 400, 'BAD_REQUEST'],
    ['a query that is not a string', json({ query: 1 }), 400, 'BAD_REQUEST'],
    ['variables that are a string', json({ query: '{ __typename }', variables: 'x' }), 400, 'BAD_REQUEST'],
    ['a syntax error', json({ query: '{ viewer { ' }), 400, 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', json({ query: '{ nope }' }), 400, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'a wrong literal',
      json({ query: '{ subscribers(first: "ten") { nodes { id } } }' }),
      400,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'a wrong variable',
      json({ query: 'query ($n: Int) { subscribers(first: $n) { nodes { id } } }', variables: { n: 'ten' } }),
      400,
      'BAD_USER_INPUT',
    ],
    [
      'an unknown operation name',
      json({ query: 'query A { __typename }', operationName: 'B' }),
      400,
      'OPERATION_RESOLUTION_FAILURE',
    ],
    ['a __proto__ key', '{"__proto__":{"query":"{ __typename }"}}', 400, 'BAD_REQUEST'],
  ])('rejects %s', async (_, body, status, code) => {
    const response = await postRaw(url, body);
    expect([response.status, codesOf(response)]).toEqual([status, [code]]);
    expectNothingInternal(response);
  });

  test('rejects a body over the limit before reading it, and names the limit', async () => {
    const body = json({ query: `{ __typename } # ${'x'.repeat(2 * MEGABYTE)}` });
    const response = await postRaw(url, body);
    expect([response.status, response.errors]).toEqual([
      413,
      [
        {
          message: 'The request body is too large; at most 262144 bytes are allowed.',
          extensions: { code: 'BAD_REQUEST', limit: 'body', value: body.length },
        },
      ],
    ]);
  });

  test('rejects another content type', async () => {
    const response = await postRaw(url, 'query=x', { 'content-type': 'text/plain' });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(codesOf(response)).toEqual(['BAD_REQUEST']);
  });

  test('returns 404 for an unknown path', async () => {
    const response = await postRaw(new URL('/nope', url).href, '{}');
    expect([response.status, codesOf(response)]).toEqual([404, ['NOT_FOUND']]);
  });

  test('rejects a value that only the subgraph can check, as variable and as literal', async () => {
    const variable = await post(
      url,
      'query ($f: SubscriberFilter) { subscribers(first: 1, filter: $f) { nodes { id } } }',
      { token: ada.accessToken, variables: { f: { addedAt: { from: 'yesterday-ish' } } } },
    );
    const literal = await post(
      url,
      '{ subscribers(first: 1, filter: { addedAt: { from: "yesterday-ish" } }) { nodes { id } } }',
      { token: ada.accessToken },
    );
    for (const response of [variable, literal]) {
      expect(codesOf(response)).toEqual(['BAD_USER_INPUT']);
      expectNothingInternal(response);
    }
  });

  test('returns a user error for a huge e-mail address, and does not echo it', async () => {
    const email = `${'a'.repeat(MEGABYTE / 5)}@example.com`;
    const { created, userErrors } = await addSubscriber(url, ada.accessToken, { email });
    expect(created).toBe(false);
    expect(userErrors).toMatchObject([{ code: 'INVALID_EMAIL' }]);
    expect(json(userErrors).length).toBeLessThan(1_000);
  });

  test('does not echo a huge value of the wrong type', async () => {
    const response = await post(url, 'query ($n: Int) { subscribers(first: $n) { nodes { id } } }', {
      variables: { n: 'x'.repeat(MEGABYTE / 5) },
    });
    expect(codesOf(response)).toEqual(['BAD_USER_INPUT']);
    expect(response.text.length).toBeLessThan(2_000);
  });

  test('closes a socket with 1009 for a message over the limit', async () => {
    const { WebSocket } = await import('ws');
    const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws');
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    socket.once('open', () => socket.send(json({ type: 'ping', payload: { x: 'x'.repeat(2 * MEGABYTE) } })));
    socket.on('error', () => undefined);
    expect(await closed).toBe(1009);
  });

  test('returns null for a malformed id', async () => {
    const { data, errors } = await post(url, '{ subscriber(id: "1 OR 1=1") { id } user(id: "x") { id } }', {
      token: ada.accessToken,
    });
    expect({ data, errors }).toEqual({ data: { subscriber: null, user: null }, errors: undefined });
  });

  test('has not crashed any process', async () => {
    for (const service of Object.values(system.processes)) {
      await expect(Promise.race([service.exited, Promise.resolve('alive')])).resolves.toBe('alive');
    }
    expect((await post(url, '{ viewer { email } }', { token: ada.accessToken })).data.viewer.email).toBe(
      ada.email,
    );
  });
});
