import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { eventually } from './harness/eventually.js';
import { codesOf, post } from './harness/http.js';
import { addSubscriber, freshEmail, newPerson, type Person } from './harness/people.js';
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

describe('a subscriber', () => {
  test('is added, found by id and by address, and joined with the user who added it', async () => {
    const email = freshEmail('Grace');
    const added = await addSubscriber(url, ada.accessToken, { email, name: 'Grace' });
    expect(added).toMatchObject({
      created: true,
      subscriber: { email, name: 'Grace', status: 'ACTIVE', addedBy: { id: ada.userId, displayName: 'Ada' } },
      userErrors: [],
    });
    const { data } = await post(
      url,
      'query ($id: ID!, $email: String!) { subscriber(id: $id) { email } subscriberByEmail(email: $email) { id } }',
      { token: ada.accessToken, variables: { id: added.subscriber.id, email: email.toUpperCase() } },
    );
    expect(data).toEqual({ subscriber: { email }, subscriberByEmail: { id: added.subscriber.id } });
  });

  test('is added once for all spellings of its address', async () => {
    const name = freshEmail('x').split('@')[0];
    const first = await addSubscriber(url, ada.accessToken, { email: `${name}@bücher.example` });
    const second = await addSubscriber(url, ada.accessToken, {
      email: ` ${name?.toUpperCase()}@XN--BCHER-KVA.example `,
    });
    expect(second).toMatchObject({ created: false, subscriber: { id: first.subscriber.id }, userErrors: [] });
    const third = await addSubscriber(url, ada.accessToken, {
      email: `${name}@bücher.example`,
      onExisting: 'FAIL',
    });
    expect(third).toMatchObject({
      created: false,
      subscriber: null,
      userErrors: [{ code: 'ALREADY_EXISTS', existing: { id: first.subscriber.id } }],
    });
  });

  test('is rejected when its domain has a path, query or fragment', async () => {
    const real = freshEmail('real');
    const faults = {
      '?src=web': 'a query',
      '/x': 'a path',
      '/': 'a path',
      '#x': 'a fragment',
      '\\x': 'a backslash',
    };
    for (const [tail, what] of Object.entries(faults)) {
      expect(await addSubscriber(url, ada.accessToken, { email: `${real}${tail}` })).toEqual({
        created: false,
        subscriber: null,
        userErrors: [
          {
            code: 'INVALID_EMAIL',
            field: ['input', 'email'],
            message: `The domain must not contain ${what}.`,
            existing: null,
          },
        ],
      });
    }
    expect(await addSubscriber(url, ada.accessToken, { email: real })).toMatchObject({
      created: true,
      subscriber: { email: real },
    });
  });

  test('is rejected with a user error for a bad address', async () => {
    const { created, userErrors } = await addSubscriber(url, ada.accessToken, { email: 'nonsense' });
    expect(created).toBe(false);
    expect(userErrors).toMatchObject([{ code: 'INVALID_EMAIL', field: ['input', 'email'] }]);
  });

  test('returns the fields of an error in fragments of fragments', async () => {
    const { data } = await post(
      url,
      `mutation { addSubscriber(input: { email: "nonsense" }) { userErrors { ...F } } }
       fragment F on UserError { field ... on SubscriberError { code ...G } }
       fragment G on UserError { ... on SubscriberError { existing { id } __typename } }`,
      { token: ada.accessToken },
    );
    expect(data).toEqual({
      addSubscriber: {
        userErrors: [
          { field: ['input', 'email'], code: 'INVALID_EMAIL', existing: null, __typename: 'SubscriberError' },
        ],
      },
    });
  });

  test('is created once by concurrent additions', async () => {
    const email = freshEmail('race');
    const responses = await Promise.all(
      Array.from({ length: 10 }, () => addSubscriber(url, ada.accessToken, { email })),
    );
    expect(responses.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(responses.map(({ subscriber }) => subscriber.id)).size).toBe(1);
    expect(responses.flatMap(({ userErrors }) => userErrors)).toEqual([]);
  });
});

describe('the list', () => {
  const PAGE = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: SubscriberFilter, $orderBy: SubscriberOrder) {
    subscribers(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
      nodes { id email addedBy { displayName } }
      edges { cursor node { id } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      totalCount { value precision }
      streamCursor
    }
  }`;
  let bob: Person;
  let emails: string[];
  beforeAll(async () => {
    bob = await newPerson(url, 'Bob');
    emails = Array.from({ length: 120 }, (_, n) => freshEmail(`list${String(n).padStart(3, '0')}`));
    for (const email of emails) await addSubscriber(url, bob.accessToken, { email });
  });

  const page = (variables: object, token = bob.accessToken) =>
    post(url, PAGE, { token, variables: { filter: { addedBy: [bob.userId] }, ...variables } });

  test('can be read forwards and backwards without a gap or a repetition', async () => {
    const forwards: string[] = [];
    let after: string | null = null;
    do {
      const { data, text } = await page({ first: 50, after, orderBy: { field: 'EMAIL', direction: 'ASC' } });
      expect(text).toContain('"precision":"EXACT"');
      expect(data.subscribers.totalCount.value).toBe(120);
      forwards.push(...data.subscribers.nodes.map(({ email }: { email: string }) => email));
      after = data.subscribers.pageInfo.hasNextPage ? data.subscribers.pageInfo.endCursor : null;
    } while (after);
    expect(forwards).toEqual(emails);

    const backwards: string[] = [];
    let before: string | null = null;
    do {
      const { data } = await page({ last: 50, before, orderBy: { field: 'EMAIL', direction: 'ASC' } });
      backwards.unshift(...data.subscribers.nodes.map(({ email }: { email: string }) => email));
      before = data.subscribers.pageInfo.hasPreviousPage ? data.subscribers.pageInfo.startCursor : null;
    } while (before);
    expect(backwards).toEqual(emails);
  });

  test('has the newest first by default', async () => {
    const { data } = await page({ first: 2 });
    expect(data.subscribers.nodes.map(({ email }: { email: string }) => email)).toEqual([
      emails[119],
      emails[118],
    ]);
  });

  test('needs one request to each subgraph for a page of 100 with joins', async () => {
    const { data, headers } = await page({ first: 100 });
    expect(data.subscribers.nodes).toHaveLength(100);
    expect(data.subscribers.nodes[99].addedBy).toEqual({ displayName: 'Bob' });
    const requestId = headers.get('x-request-id') ?? 'none';
    for (const subgraph of ['users', 'email-subscriptions'] as const) {
      expect(await requestsOf(subgraph, requestId)).toHaveLength(1);
    }
  });

  test('joins the additions of all users of a page in one request to each subgraph', async () => {
    const { data, headers } = await post(
      url,
      `query ($filter: SubscriberFilter) {
        subscribers(first: 100, filter: $filter) {
          nodes { addedBy { displayName addedSubscribers(first: 1) { totalCount { value } } } }
        }
      }`,
      { token: bob.accessToken, variables: { filter: { addedBy: [bob.userId, ada.userId] } } },
    );
    expect(data.subscribers.nodes[0].addedBy).toEqual({
      displayName: 'Bob',
      addedSubscribers: { totalCount: { value: 120 } },
    });
    const requestId = headers.get('x-request-id') ?? 'none';
    expect(await requestsOf('users', requestId)).toHaveLength(1);
    // One for the page, one for the additions of its users.
    expect((await requestsOf('email-subscriptions', requestId)).length).toBeLessThanOrEqual(2);
  });

  test.each([0, 101, -1])('rejects a page of %d and names the argument', async (first) => {
    const response = await page({ first });
    expect(response.data).toEqual({ subscribers: null });
    expect(codesOf(response)).toEqual(['BAD_USER_INPUT']);
    expect(response.errors?.[0]?.message).toContain('first');
  });

  test('rejects a cursor of another filter, and a forged one', async () => {
    const { data } = await page({ first: 1 });
    const after = data.subscribers.pageInfo.endCursor as string;
    expect(codesOf(await page({ first: 1, after }))).toEqual([]);
    expect(codesOf(await page({ first: 1, after, filter: { addedBy: [ada.userId] } }))).toEqual([
      'BAD_USER_INPUT',
    ]);
    const forged = `${after.slice(0, -2)}${after.endsWith('AA') ? 'BB' : 'AA'}`;
    expect(codesOf(await page({ first: 1, after: forged }))).toEqual(['BAD_USER_INPUT']);
  });

  /** The lines that a subgraph logged for one request of the gateway. */
  async function requestsOf(subgraph: 'users' | 'email-subscriptions', requestId: string): Promise<string[]> {
    return eventually(
      () =>
        system.processes[subgraph]!.logs().filter(
          (line) => line.includes(requestId) && line.includes('"msg":"request"'),
        ),
      (lines) => lines.length > 0,
    );
  }
});
