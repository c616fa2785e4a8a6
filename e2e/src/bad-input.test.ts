import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { type Answer, codesOf, post, postRaw } from './harness/http.js';
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

/** No stack, SQL, file, address or port of ours in what a client gets. */
function expectNothingInternal({ text }: Answer): void {
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

describe('bad input at the gateway', () => {
  test.each<[string, string, number, string]>([
    ['malformed JSON', '{"query": ', 400, 'BAD_REQUEST'],
    ['an empty body', '', 400, 'BAD_REQUEST'],
    ['JSON that is no object', '"query"', 400, 'BAD_REQUEST'],
    ['no query', '{}', 400, 'BAD_REQUEST'],
    ['a query that is no string', json({ query: 1 }), 400, 'BAD_REQUEST'],
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
      'an operation that is not there',
      json({ query: 'query A { __typename }', operationName: 'B' }),
      400,
      'OPERATION_RESOLUTION_FAILURE',
    ],
    ['a polluting key', '{"__proto__":{"query":"{ __typename }"}}', 400, 'BAD_REQUEST'],
  ])('%s is refused by name', async (_, body, status, code) => {
    const answer = await postRaw(url, body);
    expect([answer.status, codesOf(answer)]).toEqual([status, [code]]);
    expectNothingInternal(answer);
  });

  test('a body over the limit is refused before it has come, with the limit', async () => {
    const body = json({ query: `{ __typename } # ${'x'.repeat(2 * MEGABYTE)}` });
    const answer = await postRaw(url, body);
    expect([answer.status, answer.errors]).toEqual([
      413,
      [
        {
          message: 'The request body is too large; at most 262144 bytes are allowed.',
          extensions: { code: 'BAD_REQUEST', limit: 'body', value: body.length },
        },
      ],
    ]);
  });

  test('another content type is refused', async () => {
    const answer = await postRaw(url, 'query=x', { 'content-type': 'text/plain' });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(codesOf(answer)).toEqual(['BAD_REQUEST']);
  });

  test('an address that is not there is not found', async () => {
    const answer = await postRaw(new URL('/nope', url).href, '{}');
    expect([answer.status, codesOf(answer)]).toEqual([404, ['NOT_FOUND']]);
  });

  test('a value that only the subgraph can judge is bad user input, as variable and as literal', async () => {
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
    for (const answer of [variable, literal]) {
      expect(codesOf(answer)).toEqual(['BAD_USER_INPUT']);
      expectNothingInternal(answer);
    }
  });

  test('a 1 MB e-mail address is a user error, and is not echoed', async () => {
    const email = `${'a'.repeat(MEGABYTE / 5)}@example.com`;
    const { created, userErrors } = await addSubscriber(url, ada.accessToken, { email });
    expect(created).toBe(false);
    expect(userErrors).toMatchObject([{ code: 'INVALID_EMAIL' }]);
    expect(json(userErrors).length).toBeLessThan(1_000);
  });

  test('a huge value of the wrong type is not echoed whole', async () => {
    const answer = await post(url, 'query ($n: Int) { subscribers(first: $n) { nodes { id } } }', {
      variables: { n: 'x'.repeat(MEGABYTE / 5) },
    });
    expect(codesOf(answer)).toEqual(['BAD_USER_INPUT']);
    expect(answer.text.length).toBeLessThan(2_000);
  });

  test('a message over the limit closes a socket with 1009, and only that one', async () => {
    const { WebSocket } = await import('ws');
    const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws');
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    socket.once('open', () => socket.send(json({ type: 'ping', payload: { x: 'x'.repeat(2 * MEGABYTE) } })));
    socket.on('error', () => undefined);
    expect(await closed).toBe(1009);
  });

  test('a subscriber cannot be found by an id that is none, and the database never sees it', async () => {
    const { data, errors } = await post(url, '{ subscriber(id: "1 OR 1=1") { id } user(id: "x") { id } }', {
      token: ada.accessToken,
    });
    expect({ data, errors }).toEqual({ data: { subscriber: null, user: null }, errors: undefined });
  });

  test('after all of this every process is the one that was started', async () => {
    for (const service of Object.values(system.processes)) {
      await expect(Promise.race([service.exited, Promise.resolve('alive')])).resolves.toBe('alive');
    }
    expect((await post(url, '{ viewer { email } }', { token: ada.accessToken })).data.viewer.email).toBe(
      ada.email,
    );
  });
});
