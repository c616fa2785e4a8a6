import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { ApolloClient, gql, InMemoryCache, type ErrorLike } from '@apollo/client/core';
import { CombinedGraphQLErrors, CombinedProtocolErrors } from '@apollo/client/errors';
import { HttpLink } from '@apollo/client/link/http';
import type { System } from '@supergraph/tools/system';
import { eventually } from './harness/eventually.js';
import type { Data } from './harness/http.js';
import { leaveAll, openStream, partsOf, type Part, type Streaming } from './harness/http-stream.js';
import { openUpstreams } from './harness/live-client.js';
import { addSubscriber, freshEmail, newPerson, type Person } from './harness/people.js';
import { startTestSystem } from './harness/test-system.js';

const ACCEPT = 'multipart/mixed;subscriptionSpec=1.0, application/json';
const ADDED = `subscription ($after: String, $bookmarks: Boolean) {
  subscriberAdded(after: $after, bookmarks: $bookmarks) { cursor subscriber { email addedBy { displayName } } }
}`;
const VIEWER = '{ viewer { user { displayName } } }';

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

const add = async () => {
  const email = freshEmail('multipart');
  await addSubscriber(url, ada.accessToken, { email });
  return email;
};

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

describe('Apollo Client', () => {
  const client = () =>
    new ApolloClient({
      cache: new InMemoryCache(),
      link: new HttpLink({ uri: url, headers: { authorization: `Bearer ${ada.accessToken}` } }),
    });

  /** Subscribes with a stock client, and remembers all that comes. */
  function subscribe(query: string, variables: Record<string, unknown> = {}) {
    const results: { data?: Data; error?: ErrorLike | undefined }[] = [];
    const end: { value?: unknown } = {};
    const subscription = client()
      .subscribe<Data>({ query: gql(query), variables })
      .subscribe({
        next: (result) => void results.push(result),
        error: (error) => (end.value = error),
        complete: () => (end.value ??= 'complete'),
      });
    return {
      results,
      end,
      waitForResults: (count: number) =>
        eventually(
          () => results,
          () => results.length >= count,
        ),
      stop: () => subscription.unsubscribe(),
    };
  }

  test('gets events', async () => {
    const watching = subscribe(ADDED, { bookmarks: true });
    await watching.waitForResults(1);
    const email = await add();
    const [, event] = await watching.waitForResults(2);
    expect(event?.data.subscriberAdded.subscriber).toMatchObject({ email, addedBy: { displayName: 'Ada' } });
    watching.stop();
  });

  test.each([
    ['before it starts', 'subscription { nothing }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['by its subgraph', ADDED, { after: 'yesterday' }, 'BAD_USER_INPUT'],
  ])('is told as of GraphQL what is refused %s', async (_, query, variables, code) => {
    const watching = subscribe(query, variables);
    const [result] = await watching.waitForResults(1);
    const error = result?.error as CombinedGraphQLErrors;
    expect(CombinedGraphQLErrors.is(error)).toBe(true);
    expect(error.errors).toMatchObject([{ extensions: { code } }]);
    await eventually(
      () => watching.end,
      ({ value }) => value === 'complete',
    );
  });

  test('is told as of the transport that the gateway drains', async () => {
    const watching = subscribe(ADDED, { bookmarks: true });
    await watching.waitForResults(1);
    system.processes.gateway.kill('SIGTERM');
    const [, ended] = await watching.waitForResults(2);
    const error = ended?.error as CombinedProtocolErrors;
    expect(CombinedProtocolErrors.is(error)).toBe(true);
    expect(error.errors).toMatchObject([{ extensions: { code: 'SUBSCRIPTION_SERVER_DRAINING' } }]);
    expect(await system.processes.gateway.exited).toMatchObject({ code: 0 });
    await system.restart('gateway');
  });
});
