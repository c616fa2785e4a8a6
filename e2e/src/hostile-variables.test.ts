import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { askBy } from './harness/ask-by.js';
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

/** What nearly fills a request with what is wrong. */
const floods: [what: string, value: unknown][] = [
  ['a list of objects for texts', { addedBy: times(80_000, {}) }],
  ['a list of lists for texts', { addedBy: times(50_000, [[]]) }],
  ['fields that are not there', keys(22_000)],
  ['objects with many fields for texts', { addedBy: times(3, keys(7_000)) }],
  ['long names', Object.fromEntries(Array.from({ length: 5 }, (_, n) => ['k'.repeat(50_000) + n, 1]))],
  ['a list for an object', times(120_000, 1)],
];

const transports = ['HTTP POST', 'server-sent events', 'multipart', 'WebSocket'];
const MOST_ERRORS = 10;
/** Nothing of the kind takes a tenth of that; each of them took seconds, when each fault was told. */
const LONGEST_MS = 2_000;

/** How late the latest answer to a request that costs nothing was, while something went on. */
async function latenessDuring<T>(work: Promise<T>): Promise<{ result: T; latest: number }> {
  const watch = { isOver: false };
  let latest = 0;
  const done = work.finally(() => (watch.isOver = true));
  while (!watch.isOver) {
    const from = performance.now();
    const { status } = await fetch(new URL('/health/live', system.gatewayUrl));
    expect(status).toBe(200);
    latest = Math.max(latest, performance.now() - from);
  }
  return { result: await done, latest };
}

describe.each(transports)('by %s', (by) => {
  test.each(floods)('a flood of wrong values is told in few words: %s', async (_, f) => {
    const asked: [query: string, token?: string][] = [[LIST], [LIST, ada.accessToken]];
    // Plain HTTP refuses a subscription for what it is.
    if (by !== 'HTTP POST') asked.push([WATCH, ada.accessToken]);
    for (const [query, token] of asked) {
      const { result, latest } = await latenessDuring(
        askBy[by]!(system.gatewayUrl, { query, variables: { f } }, token),
      );
      expect(result.data ?? null).toBe(null);
      const codes = new Set(result.errors!.map(({ extensions }) => extensions.code));
      expect([...codes]).toEqual(['BAD_USER_INPUT']);
      expect(result.errors!.length).toBeLessThanOrEqual(MOST_ERRORS);
      expect(JSON.stringify(result).length).toBeLessThan(10_000);
      expect(latest).toBeLessThan(LONGEST_MS);
    }
  });
});
