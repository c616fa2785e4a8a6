import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { eventually } from './harness/eventually.js';
import { codesOf, post } from './harness/http.js';
import {
  blocksOf,
  closeStreams,
  openStream,
  type Streaming,
  codesIn,
  eventStreams,
  withParameters,
} from './harness/http-stream.js';
import { ADDED, VIEWER } from './harness/operations.js';
import { freshEmail, newPerson, type Person } from './harness/people.js';
import { startTestSystem } from './harness/test-system.js';

const MOST_STREAMS = 20;

let system: System;
let url: string;
let ada: Person;
let streams: ReturnType<typeof eventStreams>;
beforeAll(async () => {
  system = await startTestSystem({ env: { gateway: { LIVE_CONNECTIONS_PER_VIEWER: String(MOST_STREAMS) } } });
  url = system.gatewayUrl;
  ada = await newPerson(url, 'Ada');
  streams = eventStreams(url, ada.accessToken);
});
afterEach(closeStreams);
afterAll(() => system?.stop());

describe('a query or mutation', () => {
  test.each([
    ['POST', () => streams.byPost(VIEWER)],
    ['GET', () => streams.byGet({ query: VIEWER })],
  ])('gets one result and complete, for a query by %s', async (_, open) => {
    expect(blocksOf(await (await open()).ended)).toEqual([
      { event: 'next', data: { data: { viewer: { user: { displayName: 'Ada' } } } } },
      { event: 'complete' },
    ]);
  });

  test('gets one result and complete, for a mutation', async () => {
    const query = `mutation { addSubscriber(input: { email: "${freshEmail('mutation')}" }) { created } }`;
    const blocks = blocksOf(await (await streams.byPost(query)).ended);
    expect(blocks.map(({ event }) => event)).toEqual(['next', 'complete']);
    expect(blocks[0]?.data).toEqual({ data: { addSubscriber: { created: true } } });
  });

  test('gets JSON when the client prefers it', async () => {
    const stream = await streams.byPost(VIEWER, {
      headers: { accept: 'application/graphql-response+json, application/json, text/event-stream' },
    });
    expect(stream.headers['content-type']).toBe('application/graphql-response+json; charset=utf-8');
    expect(JSON.parse(await stream.ended)).toEqual({ data: { viewer: { user: { displayName: 'Ada' } } } });
  });

  test('is rejected for a mutation by GET, which has no effect', async () => {
    const email = freshEmail('get');
    const query = `mutation { addSubscriber(input: { email: "${email}" }) { created } }`;
    const stream = await streams.byGet({ query });
    expect([stream.status, stream.headers.allow]).toEqual([405, 'POST']);
    const byEmail = `{ subscriberByEmail(email: "${email}") { id } }`;
    const { data } = await post(url, byEmail, { token: ada.accessToken });
    expect(data).toEqual({ subscriberByEmail: null });
  });
});

describe('a subscription that cannot start', () => {
  test.each([
    ['does not parse', 'subscription {', 'GRAPHQL_PARSE_FAILED'],
    ['is not in the schema', 'subscription { nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    [
      'depends on a variable',
      'subscription ($x: Boolean!) { subscriberAdded @skip(if: $x) { cursor } }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['is empty', '', 'BAD_REQUEST'],
  ])('gets an error in the stream when it %s', async (_, query, code) => {
    for (const stream of [await streams.byPost(query), await streams.byGet({ query })]) {
      expect([stream.status, codesIn(await stream.ended)]).toEqual([
        200,
        [
          ['next', code],
          ['complete', undefined],
        ],
      ]);
    }
  });

  test('gets an error in the stream when it is forbidden', async () => {
    const stream = await openStream(url, {
      headers: { accept: 'text/event-stream' },
      body: { query: ADDED },
    });
    expect(codesIn(await stream.ended)).toEqual([
      ['next', 'UNAUTHENTICATED'],
      ['complete', undefined],
    ]);
  });

  test('gets 401 for a bad token', async () => {
    for (const stream of [
      await streams.byPost('subscription {', { token: 'nonsense' }),
      await streams.byGet({ query: ADDED }, { token: 'nonsense' }),
    ]) {
      expect([stream.status, stream.headers['www-authenticate']]).toEqual([
        401,
        expect.stringContaining('Bearer'),
      ]);
      expect(await stream.ended).toContain('UNAUTHENTICATED');
    }
  });

  test('is rejected when a page sends it like a form', async () => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { accept: 'text/event-stream', 'content-type': 'text/plain' },
      body: JSON.stringify({ query: VIEWER }),
    });
    expect(response.status).toBe(415);
    expect(await response.text()).not.toContain('"viewer"');
  });

  test('gets 429 with the time to retry when its viewer has too many streams', async () => {
    const opened: Streaming[] = [];
    for (let n = 0; n < MOST_STREAMS; n += 1) opened.push(await streams.byPost(ADDED));
    expect(opened.map(({ status }) => status)).toEqual(opened.map(() => 200));
    const oneMore = await streams.byPost(ADDED, { headers: { accept: 'text/event-stream' } });
    expect([oneMore.status, oneMore.headers['retry-after']]).toEqual([429, '5']);
    expect(JSON.parse(await oneMore.ended)).toMatchObject({
      errors: [{ extensions: { code: 'RATE_LIMITED' } }],
    });
    opened.pop()?.close();
    await eventually(
      async () => {
        const again = await streams.byPost(ADDED);
        again.close();
        return again.status;
      },
      (status) => status === 200,
    );
  });
});

describe('over plain HTTP', () => {
  const SUBSCRIPTION = 'subscription { subscriberAdded { cursor } }';
  const HINTS = ['graphql-transport-ws', 'text/event-stream', 'multipart/mixed;subscriptionSpec=1.0'];
  const FORMS = [
    ['application/graphql-response+json', 'application/graphql-response+json; charset=utf-8'],
    ['multipart/mixed', 'application/json; charset=utf-8'],
    ['text/html', 'application/json; charset=utf-8'],
    ['text/event-stream;q=0', 'application/json; charset=utf-8'],
  ] as const;

  test.each(FORMS)('names the transports of a subscription, with accept: %s', async (accept, contentType) => {
    const stream = await streams.byPost(SUBSCRIPTION, { headers: { accept } });
    expect([stream.status, stream.headers['content-type']]).toEqual([406, contentType]);
    const { errors } = JSON.parse(await stream.ended) as { errors: { message: string }[] };
    for (const hint of HINTS) expect(errors[0]?.message).toContain(hint);
  });

  test('names the transports for a GET after a preflight, and rejects any other GET', async () => {
    const accept = 'multipart/mixed;subscriptionSpec=1.0';
    const query = { query: SUBSCRIPTION };
    const known = await streams.byGet(query, { headers: { accept, 'apollo-require-preflight': '1' } });
    expect(known.status).toBe(406);
    const text = await known.ended;
    for (const hint of HINTS) expect(text).toContain(hint);
    const blocked = await streams.byGet(query, { headers: { accept } });
    expect([blocked.status, await blocked.ended]).toEqual([400, expect.stringContaining('CSRF')]);
  });

  test('rejects a query whose accept header excludes JSON', async () => {
    const stream = await streams.byPost(VIEWER, { headers: { accept: 'text/html' } });
    expect(stream.status).toBe(406);
    expect(await stream.ended).toContain('does not accept application/json');
  });

  test.each(['POST', 'GET'])('rejects a subscription by %s and names the transports', async (method) => {
    const query = SUBSCRIPTION;
    const result =
      method === 'POST'
        ? await post(url, query, { token: ada.accessToken })
        : await openStream(withParameters(url, { query }), {
            method: 'GET',
            token: ada.accessToken,
            headers: { accept: 'application/json', 'apollo-require-preflight': '1' },
          }).then(async (stream) => {
            const text = await stream.ended;
            return { status: stream.status, text, ...JSON.parse(text) };
          });
    expect(result.status).toBe(406);
    expect(codesOf(result)).toEqual(['BAD_REQUEST']);
    for (const hint of HINTS) expect(result.errors?.[0]?.message).toContain(hint);
  });
});
