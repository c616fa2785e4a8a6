import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { askBy } from './harness/ask-by.js';
import { cpuSeconds } from './harness/cpu-time.js';
import { postRaw } from './harness/http.js';
import { newPerson, type Person } from './harness/people.js';
import { startTestSystem } from './harness/test-system.js';

let system: System;
let ada: Person;
beforeAll(async () => {
  system = await startTestSystem();
  ada = await newPerson(system.gatewayUrl);
});
afterAll(() => system?.stop());

const LIST = 'query ($f: SubscriberFilter) { subscribers(filter: $f) { nodes { id } } }';
const WATCH = 'subscription ($f: SubscriberFilter) { subscriberAdded(filter: $f) { cursor } }';

const times = (count: number, value: unknown) => Array.from({ length: count }, () => value);
const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 1]));

/** Nearly as much as a request may have of what is wrong. */
const floods: [what: string, value: unknown][] = [
  ['a list of objects for texts', { addedBy: times(2_400, {}) }],
  ['a list of lists for texts', { addedBy: times(1_600, [[]]) }],
  ['fields that are not there', keys(4_900)],
  ['objects with many fields for texts', { addedBy: times(3, keys(1_600)) }],
  ['long names', Object.fromEntries(Array.from({ length: 5 }, (_, n) => ['k'.repeat(50_000) + n, 1]))],
  ['a list for an object', times(4_900, 1)],
];

const transports = ['HTTP POST', 'server-sent events', 'multipart', 'WebSocket'];
const MOST_ERRORS = 10;
/** None of them takes a tenth of that. Each took seconds when every fault was reported. */
const MOST_CPU_SECONDS = 2;

describe.each(transports)('by %s', (by) => {
  test.each(floods)('a flood of wrong values is told in few words: %s', async (_, f) => {
    const asked: [query: string, token?: string][] = [[LIST], [LIST, ada.accessToken]];
    // Plain HTTP refuses a subscription for what it is.
    if (by !== 'HTTP POST') asked.push([WATCH, ada.accessToken]);
    for (const [query, token] of asked) {
      const before = await cpuSeconds(system.metricsUrls.gateway);
      const result = await askBy[by]!(system.gatewayUrl, { query, variables: { f } }, token);
      const used = (await cpuSeconds(system.metricsUrls.gateway)) - before;
      expect(result.data ?? null).toBe(null);
      const codes = new Set(result.errors!.map(({ extensions }) => extensions.code));
      expect([...codes]).toEqual(['BAD_USER_INPUT']);
      expect(result.errors!.length).toBeLessThanOrEqual(MOST_ERRORS);
      expect(JSON.stringify(result).length).toBeLessThan(10_000);
      expect(used).toBeLessThan(MOST_CPU_SECONDS);
    }
  });
});

describe('more values than a request may have', () => {
  const asked = { query: LIST, variables: { f: keys(22_000) } };

  test.each(['application/json', 'text/event-stream', 'multipart/mixed;subscriptionSpec="1.0"'])(
    'are refused to who accepts %s, before they are parsed',
    async (accept) => {
      const { status, errors } = await postRaw(system.gatewayUrl, JSON.stringify(asked), { accept });
      expect([status, errors]).toEqual([
        400,
        [
          {
            message: 'The request has 22004 values; at most 5000 are allowed.',
            extensions: { code: 'BAD_REQUEST', limit: 'requestValues', value: 22_004 },
          },
        ],
      ]);
    },
  );

  test('end a WebSocket', async () => {
    await expect(askBy['WebSocket']!(system.gatewayUrl, asked)).rejects.toMatchObject({
      code: 4400,
      reason: 'The request has 22007 values; at most 5000 are allowed.',
    });
  });
});

describe.each(transports)('by %s, null where a default makes a nullable variable valid', (by) => {
  const INPUT_NULLS = [
    'query ($v: ID = "x") { user(id: $v) { displayName } }',
    'query ($v: String = "x") { subscriberByEmail(email: $v) { id } }',
    'query ($v: String = "Query") { viewer { email } __type(name: $v) { name } }',
    'query ($v: Boolean = true) { viewer @include(if: $v) { email } }',
    'query ($v: Boolean = true) { viewer { email @skip(if: $v) } }',
    'query ($v: Boolean = true) { ...F } fragment F on Query { __schema @include(if: $v) { description } }',
    'query ($v: ID = "x") { subscribers(filter: { addedBy: [$v] }) { nodes { id } } }',
    'mutation ($v: String = "x") { refreshSession(input: { refreshToken: $v }) { userErrors { code } } }',
    'mutation ($v: String = "x") { addSubscriber(input: { email: $v }) { created } }',
  ];
  const watching = 'subscription ($v: Boolean = true) { subscriberAdded { cursor @include(if: $v) } }';

  test.each(by === 'HTTP POST' ? INPUT_NULLS : [...INPUT_NULLS, watching])(
    'is an error of the client: %s',
    async (query) => {
      const asked = { query, variables: { v: null } };
      const { data, errors } = await askBy[by]!(system.gatewayUrl, asked, ada.accessToken);
      expect(data ?? null).toBeNull();
      expect(errors).toMatchObject([
        {
          message: expect.stringMatching(
            /^Variable "\$v" is used where "\w+!" is expected and must not be null\.$/,
          ),
          extensions: { code: 'BAD_USER_INPUT' },
        },
      ]);
    },
  );
});

test('no variable is logged as unforeseen', () => {
  for (const process of Object.values(system.processes)) {
    expect(process.logs().filter((line) => line.includes('unforeseen'))).toEqual([]);
  }
});
