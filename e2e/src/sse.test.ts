import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { EventSource } from 'eventsource';
import { createClient } from 'graphql-sse';
import { eventually } from './harness/eventually.js';
import { codesOf, post, type Data } from './harness/http.js';
import {
  blocksOf,
  leaveAll,
  openStream,
  type Block,
  type StreamRequest,
  type Streaming,
} from './harness/http-stream.js';
import { openUpstreams } from './harness/live-client.js';
import { addSubscriber, freshEmail, newPerson, type Person } from './harness/people.js';
import { startTestSystem } from './harness/test-system.js';

const PAGE = 'https://app.example.com';
const MOST_STREAMS = 20;
const ADDED = `subscription ($after: String, $bookmarks: Boolean) {
  subscriberAdded(after: $after, bookmarks: $bookmarks) { cursor subscriber { email addedBy { displayName } } }
}`;
const VIEWER = '{ viewer { user { displayName } } }';

let system: System;
let url: string;
let ada: Person;
beforeAll(async () => {
  system = await startTestSystem({
    env: { gateway: { CORS_ORIGINS: PAGE, LIVE_CONNECTIONS_PER_VIEWER: String(MOST_STREAMS) } },
  });
  url = system.gatewayUrl;
  ada = await newPerson(url, 'Ada');
});
afterEach(leaveAll);
afterAll(() => system?.stop());

const add = async () => {
  const email = freshEmail('sse');
  await addSubscriber(url, ada.accessToken, { email });
  return email;
};

function byPost(query: string, { headers, ...rest }: StreamRequest & { variables?: object } = {}) {
  return openStream(url, {
    token: ada.accessToken,
    ...rest,
    headers: { accept: 'text/event-stream', ...headers },
    body: { query, ...(rest.variables && { variables: rest.variables }) },
  });
}

function withParameters(parameters: Record<string, string>): string {
  return `${url}?${new URLSearchParams(parameters).toString()}`;
}

function byGet(parameters: Record<string, string>, { headers, ...rest }: StreamRequest = {}) {
  return openStream(withParameters(parameters), {
    token: ada.accessToken,
    ...rest,
    method: 'GET',
    headers: { accept: 'text/event-stream', ...headers },
  });
}

/** Returns once the stream has told where it stands: what is added from then on must arrive. */
async function live(opening: Promise<Streaming>): Promise<Streaming> {
  const stream = await opening;
  await eventually(
    () => blocksOf(stream.text()),
    (blocks) => blocks.length > 0,
  );
  return stream;
}

const resultsIn = (text: string) => blocksOf(text).filter(({ event }) => event === 'next');
const emailOf = ({ data }: Block): string => data?.data.subscriberAdded.subscriber.email as string;
const cursorOf = ({ data }: Block): string => data?.data.subscriberAdded.cursor as string;

async function results(stream: Streaming, count: number): Promise<Block[]> {
  await eventually(
    () => stream.text(),
    (text) => resultsIn(text).length >= count,
  );
  return resultsIn(stream.text());
}

const codesIn = (text: string) =>
  blocksOf(text).map(({ event, data }) => [event, data?.errors?.[0]?.extensions.code]);

describe('a live operation as server-sent events', () => {
  test('tells where it stands before anything has happened, then each event with its place, joined', async () => {
    const stream = await live(byPost(ADDED));
    expect(stream.status).toBe(200);
    expect(stream.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'x-request-id': expect.any(String),
    });
    expect(blocksOf(stream.text())).toEqual([{ id: expect.any(String) }]);
    const emails = [await add(), await add()];
    const events = await results(stream, 2);
    expect(events.map(emailOf)).toEqual(emails);
    for (const { id, data } of events) {
      expect(data?.errors).toBeUndefined();
      expect(data?.data.subscriberAdded.subscriber.addedBy).toEqual({ displayName: 'Ada' });
      expect(id).toBe(data?.data.subscriberAdded.cursor);
    }
    stream.leave();
  });

  test('can be asked for by GET, with variables', async () => {
    const variables = JSON.stringify({ bookmarks: true });
    const stream = await live(
      byGet({
        query: `query Other { __typename } ${ADDED.replace('(', 'Added (')}`,
        variables,
        operationName: 'Added',
      }),
    );
    const [bookmark] = await results(stream, 1);
    expect(bookmark?.data?.data.subscriberAdded).toMatchObject({ subscriber: null, cursor: bookmark?.id });
    const email = await add();
    expect(emailOf((await results(stream, 2))[1]!)).toBe(email);
    stream.leave();
  });

  test('goes on after Last-Event-ID, whatever the operation says: nothing is missing, nothing comes twice', async () => {
    const first = await live(byPost(ADDED));
    const { id: start } = blocksOf(first.text())[0]!;
    first.leave();
    const added = [await add(), await add(), await add()];

    const fromStart = await live(byPost(ADDED, { headers: { 'last-event-id': start! } }));
    const events = await results(fromStart, 3);
    fromStart.leave();
    const variables = { after: start };
    const middle = { 'last-event-id': cursorOf(events[0]!) };
    const fromMiddle = await live(byPost(ADDED, { headers: middle, variables }));
    added.push(await add());
    await results(fromMiddle, 3);
    expect(events.map(emailOf)).toEqual(added.slice(0, 3));
    expect(resultsIn(fromMiddle.text()).map(emailOf)).toEqual(added.slice(1));
    fromMiddle.leave();
  });

  test.each([
    ['is no cursor', 'yesterday'],
    ['is longer than any cursor', 'x'.repeat(1_000)],
  ])('is refused when Last-Event-ID %s', async (_, id) => {
    const stream = await byPost(ADDED, { headers: { 'last-event-id': id } });
    expect(codesIn(await stream.ended)).toEqual([
      ['next', 'BAD_USER_INPUT'],
      ['complete', undefined],
    ]);
  });

  test('leaves nothing open upstream when its client vanishes', async () => {
    const streams = [await live(byPost(ADDED)), await live(byPost(ADDED))];
    await eventually(
      () => openUpstreams(url),
      (open) => open === 1,
    );
    for (const stream of streams) stream.leave();
    await eventually(
      () => openUpstreams(url),
      (open) => open === 0,
    );
  });

  test('reaches a page of an allowed origin', async () => {
    const stream = await live(byPost(ADDED, { headers: { origin: PAGE } }));
    expect(stream.headers['access-control-allow-origin']).toBe(PAGE);
    expect(stream.headers.vary).toBe('Origin');
    stream.leave();
    const preflight = await fetch(url, {
      method: 'OPTIONS',
      headers: { origin: PAGE, 'access-control-request-headers': 'authorization,last-event-id' },
    });
    expect(preflight.headers.get('access-control-allow-headers')).toBe('authorization,last-event-id');
  });
});

describe('what is no live operation', () => {
  test.each([
    ['POST', () => byPost(VIEWER)],
    ['GET', () => byGet({ query: VIEWER })],
  ])('comes as one result and the end, when it is a query by %s', async (_, ask) => {
    expect(blocksOf(await (await ask()).ended)).toEqual([
      { event: 'next', data: { data: { viewer: { user: { displayName: 'Ada' } } } } },
      { event: 'complete' },
    ]);
  });

  test('comes as one result and the end, when it is a mutation', async () => {
    const query = `mutation { addSubscriber(input: { email: "${freshEmail('mutation')}" }) { created } }`;
    const blocks = blocksOf(await (await byPost(query)).ended);
    expect(blocks.map(({ event }) => event)).toEqual(['next', 'complete']);
    expect(blocks[0]?.data).toEqual({ data: { addSubscriber: { created: true } } });
  });

  test('comes as JSON to who prefers that', async () => {
    const stream = await byPost(VIEWER, {
      headers: { accept: 'application/graphql-response+json, application/json, text/event-stream' },
    });
    expect(stream.headers['content-type']).toBe('application/graphql-response+json; charset=utf-8');
    expect(JSON.parse(await stream.ended)).toEqual({ data: { viewer: { user: { displayName: 'Ada' } } } });
  });

  test('is refused when it is a mutation by GET, and has no effect', async () => {
    const email = freshEmail('get');
    const query = `mutation { addSubscriber(input: { email: "${email}" }) { created } }`;
    const stream = await byGet({ query });
    expect([stream.status, stream.headers.allow]).toEqual([405, 'POST']);
    const byEmail = `{ subscriberByEmail(email: "${email}") { id } }`;
    const { data } = await post(url, byEmail, { token: ada.accessToken });
    expect(data).toEqual({ subscriberByEmail: null });
  });
});

describe('what cannot start', () => {
  test.each([
    ['does not parse', 'subscription {', 'GRAPHQL_PARSE_FAILED'],
    ['is not in the schema', 'subscription { nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    [
      'hangs on a variable',
      'subscription ($x: Boolean!) { subscriberAdded @skip(if: $x) { cursor } }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['is not there', '', 'BAD_REQUEST'],
  ])('because it %s, tells so in the stream and ends it', async (_, query, code) => {
    for (const stream of [await byPost(query), await byGet({ query })]) {
      expect([stream.status, codesIn(await stream.ended)]).toEqual([
        200,
        [
          ['next', code],
          ['complete', undefined],
        ],
      ]);
    }
  });

  test('because it is forbidden, tells so in the stream and ends it', async () => {
    const stream = await openStream(url, {
      headers: { accept: 'text/event-stream' },
      body: { query: ADDED },
    });
    expect(codesIn(await stream.ended)).toEqual([
      ['next', 'UNAUTHENTICATED'],
      ['complete', undefined],
    ]);
  });

  test('because the token is bad, is 401 before anything runs', async () => {
    for (const stream of [
      await byPost('subscription {', { token: 'nonsense' }),
      await byGet({ query: ADDED }, { token: 'nonsense' }),
    ]) {
      expect([stream.status, stream.headers['www-authenticate']]).toEqual([
        401,
        expect.stringContaining('Bearer'),
      ]);
      expect(await stream.ended).toContain('UNAUTHENTICATED');
    }
  });

  test('because a page sent it as a form would, is blocked', async () => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { accept: 'text/event-stream', 'content-type': 'text/plain' },
      body: JSON.stringify({ query: VIEWER }),
    });
    const text = await response.text();
    expect(text).toContain('CSRF');
    expect(text).not.toContain('"viewer"');
  });

  test('because its viewer has as many streams as may be, is told when to try again', async () => {
    const streams: Streaming[] = [];
    for (let n = 0; n < MOST_STREAMS; n += 1) streams.push(await byPost(ADDED));
    expect(streams.map(({ status }) => status)).toEqual(streams.map(() => 200));
    const oneMore = await byPost(ADDED, { headers: { accept: 'text/event-stream' } });
    expect([oneMore.status, oneMore.headers['retry-after']]).toEqual([429, '5']);
    expect(JSON.parse(await oneMore.ended)).toMatchObject({
      errors: [{ extensions: { code: 'RATE_LIMITED' } }],
    });
    streams.pop()?.leave();
    await eventually(
      async () => {
        const again = await byPost(ADDED);
        again.leave();
        return again.status;
      },
      (status) => status === 200,
    );
  });
});

describe('over plain HTTP', () => {
  test.each(['POST', 'GET'])('a subscription by %s is refused with what to do instead', async (method) => {
    const query = 'subscription { subscriberAdded { cursor } }';
    const answer =
      method === 'POST'
        ? await post(url, query, { token: ada.accessToken })
        : await openStream(withParameters({ query }), {
            method: 'GET',
            token: ada.accessToken,
            headers: { accept: 'application/json', 'apollo-require-preflight': '1' },
          }).then(async (stream) => {
            const text = await stream.ended;
            return { status: stream.status, text, ...JSON.parse(text) };
          });
    expect(answer.status).toBe(406);
    expect(codesOf(answer)).toEqual(['BAD_REQUEST']);
    for (const hint of [
      'graphql-transport-ws',
      'text/event-stream',
      'multipart/mixed;subscriptionSpec=1.0',
    ]) {
      expect(answer.errors?.[0]?.message).toContain(hint);
    }
  });
});

describe('a stock client', () => {
  test('graphql-sse: events, and a whole result', async () => {
    const client = createClient({
      url,
      headers: { authorization: `Bearer ${ada.accessToken}` },
      retryAttempts: 0,
    });
    const viewer = client.iterate<Data>({ query: VIEWER });
    expect((await viewer.next()).value).toEqual({ data: { viewer: { user: { displayName: 'Ada' } } } });
    expect((await viewer.next()).done).toBe(true);

    const events = client.iterate<Data>({ query: ADDED, variables: { bookmarks: true } });
    await events.next();
    const email = await add();
    expect((await events.next()).value?.data?.subscriberAdded.subscriber.email).toBe(email);
    client.dispose();
  });

  test('graphql-sse: comes back by itself when the gateway goes, and may tell where it was', async () => {
    let after: string | undefined;
    const client = createClient({
      url,
      headers: () => ({
        authorization: `Bearer ${ada.accessToken}`,
        ...(after && { 'last-event-id': after }),
      }),
      retryAttempts: 1_000,
      retry: () => new Promise((resolve) => setTimeout(resolve, 50)),
    });
    const seen: string[] = [];
    const codes: unknown[] = [];
    let failure: unknown;
    client.subscribe<Data>(
      { query: ADDED, variables: { bookmarks: true } },
      {
        next: ({ data, errors }) => {
          for (const { extensions } of errors ?? []) codes.push(extensions?.['code']);
          const event = data?.subscriberAdded;
          after = event?.cursor ?? after;
          if (event?.subscriber) seen.push(event.subscriber.email);
        },
        error: (error) => (failure = error),
        complete: () => (failure = 'complete'),
      },
    );
    await eventually(
      () => after,
      (cursor) => cursor !== undefined,
    );
    const added = [await add()];
    await eventually(
      () => seen,
      () => seen.length === 1,
    );
    system.processes.gateway.kill('SIGTERM');
    expect(await system.processes.gateway.exited).toMatchObject({ code: 0 });
    await system.restart('gateway');
    added.push(await add(), await add());
    await eventually(
      () => ({ seen, failure }),
      () => seen.length >= 3,
    );
    expect({ seen, codes, failure }).toEqual({
      seen: added,
      codes: ['SUBSCRIPTION_SERVER_DRAINING'],
      failure: undefined,
    });
    client.dispose();
  });

  test('EventSource: goes on by itself where it was when the gateway has died', async () => {
    const seen: string[] = [];
    const variables = JSON.stringify({ bookmarks: true });
    const source = new EventSource(withParameters({ query: ADDED, variables }), {
      fetch: (input, init) =>
        fetch(input, { ...init, headers: { ...init.headers, authorization: `Bearer ${ada.accessToken}` } }),
    });
    source.addEventListener('next', ({ data }) => {
      const { subscriberAdded } = (JSON.parse(data as string) as { data: Data }).data;
      seen.push(subscriberAdded.subscriber?.email ?? 'bookmark');
    });
    await eventually(
      () => seen,
      () => seen.length > 0,
    );
    const added = [await add()];
    await eventually(
      () => seen,
      () => seen.length > 1,
    );
    system.processes.gateway.kill('SIGKILL');
    await system.processes.gateway.exited;
    await system.restart('gateway');
    added.push(await add(), await add());
    const emails = await eventually(
      () => seen.filter((what) => what !== 'bookmark'),
      ({ length }) => length >= 3,
    );
    expect(emails).toEqual(added);
    source.close();
  });
});

describe('when the gateway drains', () => {
  test('a stream is told and ends without being complete, and the gateway ends with status 0', async () => {
    const stream = await live(byPost(ADDED));
    // As one that a browser has opened ahead: it must not be waited for.
    const silent = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
    await once(silent, 'connect');
    system.processes.gateway.kill('SIGTERM');
    expect(codesIn(await stream.ended).slice(1)).toEqual([['next', 'SUBSCRIPTION_SERVER_DRAINING']]);
    expect(await system.processes.gateway.exited).toMatchObject({ code: 0 });
    await system.restart('gateway');
  });
});
