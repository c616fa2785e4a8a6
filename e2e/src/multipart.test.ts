import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { eventually } from './harness/eventually.js';
import { closeStreams, openStream, partsOf, type Part, type Streaming } from './harness/http-stream.js';
import { openUpstreams } from './harness/live-client.js';
import { ADDED, VIEWER } from './harness/operations.js';
import { addRandomSubscriber, freshEmail, newPerson, type Person } from './harness/people.js';
import { startTestSystem } from './harness/test-system.js';

const ACCEPT = 'multipart/mixed;subscriptionSpec=1.0, application/json';

let system: System;
let url: string;
let ada: Person;
beforeAll(async () => {
  system = await startTestSystem();
  url = system.gatewayUrl;
  ada = await newPerson(url, 'Ada');
});
afterEach(closeStreams);
afterAll(() => system?.stop());

const add = () => addRandomSubscriber(url, ada.accessToken, 'multipart');

interface Options {
  accept?: string;
  token?: string | undefined;
  variables?: object;
}

function open(query: string, { accept = ACCEPT, variables, ...rest }: Options = {}): Promise<Streaming> {
  const { token } = { token: ada.accessToken, ...rest };
  return openStream(url, { headers: { accept }, ...(token && { token }), body: { query, variables } });
}

async function parts(stream: Streaming, count: number) {
  await eventually(
    () => stream.text(),
    (text) => partsOf(text).length >= count,
  );
  return partsOf(stream.text());
}

/** Opens a subscription and waits for its first bookmark. */
async function subscribe(): Promise<Streaming> {
  const stream = await open(ADDED, { variables: { bookmarks: true } });
  await parts(stream, 1);
  return stream;
}

const eventOf = (part: Part) => part.payload?.data?.subscriberAdded;

describe('a subscription as multipart', () => {
  test('sends each event, joined', async () => {
    const stream = await subscribe();
    expect([stream.status, stream.headers['content-type']]).toEqual([
      200,
      'multipart/mixed;boundary="graphql";subscriptionSpec=1.0',
    ]);
    const emails = [await add(), await add()];
    const events = (await parts(stream, 3)).slice(1).map(eventOf);
    expect(events.map(({ subscriber }) => subscriber)).toEqual(
      emails.map((email) => ({ email, addedBy: { displayName: 'Ada' } })),
    );
  });

  test('resumes after a cursor', async () => {
    const first = await subscribe();
    const emails = [await add(), await add()];
    const { cursor } = eventOf((await parts(first, 2))[1]!);
    first.close();
    const again = await open(ADDED, { variables: { after: cursor } });
    expect(eventOf((await parts(again, 1))[0]!).subscriber.email).toBe(emails[1]);
  });

  test('leaves no upstream open when its client disconnects', async () => {
    const stream = await subscribe();
    await eventually(
      () => openUpstreams(url),
      (open) => open === 1,
    );
    stream.close();
    await eventually(
      () => openUpstreams(url),
      (open) => open === 0,
    );
  });

  test('sends the errors and ends when its subgraph rejects it', async () => {
    const stream = await open('subscription { subscriberAdded(after: "forged") { cursor } }');
    const text = await stream.ended;
    expect(partsOf(text)).toMatchObject([
      { payload: { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] } },
      { payload: null },
    ]);
    expect(text.endsWith('\r\n--graphql--\r\n')).toBe(true);
  });
});

describe('another operation', () => {
  test('gets JSON when it is a forbidden subscription', async () => {
    const stream = await open(ADDED, { token: undefined });
    expect(stream.headers['content-type']).toContain('application/json');
    expect(JSON.parse(await stream.ended)).toMatchObject({
      errors: [{ path: ['subscriberAdded'], extensions: { code: 'UNAUTHENTICATED' } }],
    });
  });

  test.each([
    [ACCEPT, 'application/json; charset=utf-8'],
    ['multipart/mixed;subscriptionSpec=1.0', 'application/json; charset=utf-8'],
    [`application/graphql-response+json, ${ACCEPT}`, 'application/graphql-response+json; charset=utf-8'],
  ])('gets JSON with accept: %s', async (accept, contentType) => {
    const query = await open(VIEWER, { accept });
    expect([query.status, query.headers['content-type']]).toEqual([200, contentType]);
    expect(JSON.parse(await query.ended)).toEqual({ data: { viewer: { user: { displayName: 'Ada' } } } });
    const mutation = await open(
      `mutation { addSubscriber(input: { email: "${freshEmail('m')}" }) { created } }`,
      { accept },
    );
    expect(JSON.parse(await mutation.ended)).toEqual({ data: { addSubscriber: { created: true } } });
  });
});

describe('a subscription that cannot start', () => {
  test.each([
    ['does not parse', 'subscription {', 400, 'GRAPHQL_PARSE_FAILED'],
    ['is not in the schema', 'subscription { nothing }', 400, 'GRAPHQL_VALIDATION_FAILED'],
  ])('gets a JSON error when it %s', async (_, query, status, code) => {
    const stream = await open(query, { accept: 'multipart/mixed;subscriptionSpec=1.0' });
    expect([stream.status, stream.headers['content-type']]).toEqual([
      status,
      'application/json; charset=utf-8',
    ]);
    expect(JSON.parse(await stream.ended)).toMatchObject({ errors: [{ extensions: { code } }] });
  });

  test('gets 401 for a bad token', async () => {
    const stream = await open(ADDED, { token: 'nonsense' });
    expect(stream.status).toBe(401);
    expect(await stream.ended).toContain('UNAUTHENTICATED');
  });
});
