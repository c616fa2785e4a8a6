import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { eventually } from './harness/eventually.js';
import {
  blocksOf,
  closeStreams,
  type Block,
  type Streaming,
  codesIn,
  eventStreams,
} from './harness/http-stream.js';
import { openUpstreams } from './harness/live-client.js';
import { ADDED } from './harness/operations.js';
import { addRandomSubscriber, newPerson, type Person } from './harness/people.js';
import { OUR_SITE, startTestSystem } from './harness/test-system.js';

let system: System;
let url: string;
let ada: Person;
let streams: ReturnType<typeof eventStreams>;
beforeAll(async () => {
  system = await startTestSystem();
  url = system.gatewayUrl;
  ada = await newPerson(url, 'Ada');
  streams = eventStreams(url, ada.accessToken);
});
afterEach(closeStreams);
afterAll(() => system?.stop());

const add = () => addRandomSubscriber(url, ada.accessToken, 'sse');

/** Waits for the first cursor of a stream. */
async function started(opening: Promise<Streaming>): Promise<Streaming> {
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

describe('a subscription as server-sent events', () => {
  test('sends its cursor first, and then each event with its cursor, joined', async () => {
    const stream = await started(streams.byPost(ADDED));
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
    stream.close();
  });

  test('can be opened by GET, with variables', async () => {
    const variables = JSON.stringify({ bookmarks: true });
    const stream = await started(
      streams.byGet({
        query: `query Other { __typename } ${ADDED.replace('(', 'Added (')}`,
        variables,
        operationName: 'Added',
      }),
    );
    const [bookmark] = await results(stream, 1);
    expect(bookmark?.data?.data.subscriberAdded).toMatchObject({ subscriber: null, cursor: bookmark?.id });
    const email = await add();
    expect(emailOf((await results(stream, 2))[1]!)).toBe(email);
    stream.close();
  });

  test('resumes after Last-Event-ID, which overrides `after`, without a gap or a repetition', async () => {
    const first = await started(streams.byPost(ADDED));
    const { id: start } = blocksOf(first.text())[0]!;
    first.close();
    const added = [await add(), await add(), await add()];

    const fromStart = await started(streams.byPost(ADDED, { headers: { 'last-event-id': start! } }));
    const events = await results(fromStart, 3);
    fromStart.close();
    const variables = { after: start };
    const middle = { 'last-event-id': cursorOf(events[0]!) };
    const fromMiddle = await started(streams.byPost(ADDED, { headers: middle, variables }));
    added.push(await add());
    await results(fromMiddle, 3);
    expect(events.map(emailOf)).toEqual(added.slice(0, 3));
    expect(resultsIn(fromMiddle.text()).map(emailOf)).toEqual(added.slice(1));
    fromMiddle.close();
  });

  test.each([
    ['is not a cursor', 'yesterday'],
    ['is longer than any cursor', 'x'.repeat(1_000)],
  ])('is rejected when Last-Event-ID %s', async (_, id) => {
    const stream = await streams.byPost(ADDED, { headers: { 'last-event-id': id } });
    expect(codesIn(await stream.ended)).toEqual([
      ['next', 'BAD_USER_INPUT'],
      ['complete', undefined],
    ]);
  });

  test('gets 401 for a bad token with an invalid Last-Event-ID', async () => {
    const headers = { 'last-event-id': 'x'.repeat(1_000) };
    const stream = await streams.byPost(ADDED, { headers, token: 'nonsense' });
    expect([stream.status, await stream.ended]).toEqual([401, expect.stringContaining('UNAUTHENTICATED')]);
  });

  test('leaves no upstream open when its client disconnects', async () => {
    const both = [await started(streams.byPost(ADDED)), await started(streams.byPost(ADDED))];
    await eventually(
      () => openUpstreams(url),
      (open) => open === 1,
    );
    for (const stream of both) stream.close();
    await eventually(
      () => openUpstreams(url),
      (open) => open === 0,
    );
  });

  test('can be read by a page of an allowed origin', async () => {
    const stream = await started(streams.byPost(ADDED, { headers: { origin: OUR_SITE } }));
    expect(stream.headers['access-control-allow-origin']).toBe(OUR_SITE);
    expect(stream.headers.vary).toBe('Origin');
    stream.close();
    const preflight = await fetch(url, {
      method: 'OPTIONS',
      headers: { origin: OUR_SITE, 'access-control-request-headers': 'authorization,last-event-id' },
    });
    expect(preflight.headers.get('access-control-allow-headers')).toBe('authorization,last-event-id');
  });
});

describe('a draining gateway', () => {
  test('ends a stream with an error but without complete, and exits with 0', async () => {
    const stream = await started(streams.byPost(ADDED));
    // A browser may open a connection ahead of use; the gateway must not wait for it.
    const silent = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
    await once(silent, 'connect');
    system.processes.gateway.kill('SIGTERM');
    expect(codesIn(await stream.ended).slice(1)).toEqual([['next', 'SUBSCRIPTION_SERVER_DRAINING']]);
    expect(await system.processes.gateway.exited).toMatchObject({ code: 0 });
    await system.restart('gateway');
  });
});
