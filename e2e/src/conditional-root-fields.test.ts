import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { runOver } from './harness/run-over.js';
import { openStream } from './harness/http-stream.js';
import { newPerson, type Person } from './harness/people.js';
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

const STREAMED = ['server-sent events', 'server-sent events by GET', 'multipart', 'WebSocket'];
const SELECTS_NOTHING = {
  message: 'This subscription selects nothing.',
  extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
};
const dependsOnVariable = (which: string) => ({
  message: `The root field of ${which} cannot depend on a variable in @skip or @include.`,
  extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
});

const LEFT_OUT = [
  ['the root field', 'subscription { subscriberAdded @skip(if: true) { cursor } }'],
  ['the root field, not included', 'subscription { subscriberAdded @include(if: false) { cursor } }'],
  ['an inline fragment', 'subscription { ... @skip(if: true) { subscriberAdded { cursor } } }'],
  [
    'a fragment',
    'subscription { ...F @include(if: false) } fragment F on Subscription { subscriberAdded { cursor } }',
  ],
  [
    'the root field in a fragment',
    'subscription { ...F } fragment F on Subscription { subscriberAdded @skip(if: true) { cursor } }',
  ],
] as const;

describe.each(STREAMED)('by %s, a subscription', (transport) => {
  const run = runOver[transport]!;

  test.each(transport === 'WebSocket' ? LEFT_OUT : LEFT_OUT.slice(0, 1))(
    'is rejected when it omits %s, with and without a token',
    async (_, query) => {
      for (const token of [ada.accessToken, undefined]) {
        expect((await run(url, { query }, token)).errors).toEqual([SELECTS_NOTHING]);
      }
    },
  );

  test.each([
    [
      'the subscription "B"',
      'query A { __typename } subscription B($x: Boolean!) { subscriberAdded @include(if: $x) { cursor } }',
    ],
    ['a subscription', 'subscription ($x: Boolean!) { ... @skip(if: $x) { subscriberAdded { cursor } } }'],
  ])('is rejected by name when a variable decides on its root field: %s', async (which, query) => {
    const request = { query, ...(query.startsWith('query') && { operationName: 'A' }) };
    expect((await run(url, request, ada.accessToken)).errors).toEqual([dependsOnVariable(which)]);
  });
});

test('returns status 400 for a subscription without its root field', async () => {
  const stream = await openStream(url, {
    headers: { accept: 'multipart/mixed;subscriptionSpec=1.0' },
    token: ada.accessToken,
    body: { query: LEFT_OUT[0][1] },
  });
  expect(stream.status).toBe(400);
});

test('logs no unforeseen error', () => {
  expect(system.processes.gateway.logs().filter((line) => line.includes('unforeseen'))).toEqual([]);
});
