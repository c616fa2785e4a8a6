import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApolloClient, gql, InMemoryCache, type ErrorLike } from '@apollo/client/core';
import { CombinedGraphQLErrors, CombinedProtocolErrors } from '@apollo/client/errors';
import { HttpLink } from '@apollo/client/link/http';
import type { System } from '@supergraph/tools/system';
import { EventSource } from 'eventsource';
import { createClient } from 'graphql-sse';
import { eventually } from './harness/eventually.js';
import { withParameters } from './harness/http-stream.js';
import type { Data } from './harness/http.js';
import { ADDED, VIEWER } from './harness/operations.js';
import { addRandomSubscriber, newPerson, type Person } from './harness/people.js';
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

const add = () => addRandomSubscriber(url, ada.accessToken, 'stream');

describe('a stock client', () => {
  test('graphql-sse gets events, and the result of a query', async () => {
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

  test('graphql-sse reconnects by itself when the gateway drains, and can send its cursor', async () => {
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

  test('EventSource resumes by itself when the gateway was killed', async () => {
    const seen: string[] = [];
    const variables = JSON.stringify({ bookmarks: true });
    const source = new EventSource(withParameters(url, { query: ADDED, variables }), {
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

describe('Apollo Client', () => {
  const client = () =>
    new ApolloClient({
      cache: new InMemoryCache(),
      link: new HttpLink({ uri: url, headers: { authorization: `Bearer ${ada.accessToken}` } }),
    });

  /** Subscribes with a stock client, and records the results. */
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
  ])('gets a GraphQL error for a subscription that is rejected %s', async (_, query, variables, code) => {
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

  test('gets a transport error when the gateway drains', async () => {
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
