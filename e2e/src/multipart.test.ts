import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { eventually } from './harness/eventually.js';
import { leaveAll, openStream, partsOf, type Part, type Streaming } from './harness/http-stream.js';
import { openUpstreams } from './harness/live-client.js';
import { ADDED, VIEWER } from './harness/operations.js';
import { addSomebody, freshEmail, newPerson, type Person } from './harness/people.js';
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
afterEach(leaveAll);
afterAll(() => system?.stop());

const add = () => addSomebody(url, ada.accessToken, 'multipart');

interface Asking {
  accept?: string;
  token?: string | undefined;
  variables?: object;
}

function ask(query: string, { accept = ACCEPT, variables, ...rest }: Asking = {}): Promise<Streaming> {
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

/** Returns once a bookmark has told that the operation is live: what is added from then on must arrive. */
async function live(): Promise<Streaming> {
  const stream = await ask(ADDED, { variables: { bookmarks: true } });
  await parts(stream, 1);
  return stream;
}

const eventOf = (part: Part) => part.payload?.data?.subscriberAdded;

describe('a live operation as multipart', () => {
  test('brings each event at once, joined', async () => {
    const stream = await live();
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

  test('goes on after a cursor', async () => {
    const first = await live();
    const emails = [await add(), await add()];
    const { cursor } = eventOf((await parts(first, 2))[1]!);
    first.leave();
    const again = await ask(ADDED, { variables: { after: cursor } });
    expect(eventOf((await parts(again, 1))[0]!).subscriber.email).toBe(emails[1]);
  });

  test('leaves nothing open upstream when its client vanishes', async () => {
    const stream = await live();
    await eventually(
      () => openUpstreams(url),
      (open) => open === 1,
    );
    stream.leave();
    await eventually(
      () => openUpstreams(url),
      (open) => open === 0,
    );
  });

  test('that its subgraph refuses brings the errors, and ends', async () => {
    const stream = await ask('subscription { subscriberAdded(after: "forged") { cursor } }');
    const text = await stream.ended;
    expect(partsOf(text)).toMatchObject([
      { payload: { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] } },
      { payload: null },
    ]);
    expect(text.endsWith('\r\n--graphql--\r\n')).toBe(true);
  });
});

describe('what is no live operation', () => {
  test('because it is forbidden is answered as any request is', async () => {
    const stream = await ask(ADDED, { token: undefined });
    expect(stream.headers['content-type']).toContain('application/json');
    expect(JSON.parse(await stream.ended)).toMatchObject({
      errors: [{ path: ['subscriberAdded'], extensions: { code: 'UNAUTHENTICATED' } }],
    });
  });

  test.each([
    [ACCEPT, 'application/json; charset=utf-8'],
    ['multipart/mixed;subscriptionSpec=1.0', 'application/json; charset=utf-8'],
    [`application/graphql-response+json, ${ACCEPT}`, 'application/graphql-response+json; charset=utf-8'],
  ])('comes as JSON to who accepts %s', async (accept, contentType) => {
    const query = await ask(VIEWER, { accept });
    expect([query.status, query.headers['content-type']]).toEqual([200, contentType]);
    expect(JSON.parse(await query.ended)).toEqual({ data: { viewer: { user: { displayName: 'Ada' } } } });
    const mutation = await ask(
      `mutation { addSubscriber(input: { email: "${freshEmail('m')}" }) { created } }`,
      { accept },
    );
    expect(JSON.parse(await mutation.ended)).toEqual({ data: { addSubscriber: { created: true } } });
  });
});

describe('what cannot start', () => {
  test.each([
    ['does not parse', 'subscription {', 400, 'GRAPHQL_PARSE_FAILED'],
    ['is not in the schema', 'subscription { nothing }', 400, 'GRAPHQL_VALIDATION_FAILED'],
  ])('because it %s, is told as over plain HTTP', async (_, query, status, code) => {
    const stream = await ask(query, { accept: 'multipart/mixed;subscriptionSpec=1.0' });
    expect([stream.status, stream.headers['content-type']]).toEqual([
      status,
      'application/json; charset=utf-8',
    ]);
    expect(JSON.parse(await stream.ended)).toMatchObject({ errors: [{ extensions: { code } }] });
  });

  test('because the token is bad, is 401', async () => {
    const stream = await ask(ADDED, { token: 'nonsense' });
    expect(stream.status).toBe(401);
    expect(await stream.ended).toContain('UNAUTHENTICATED');
  });
});
