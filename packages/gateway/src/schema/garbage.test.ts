import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { FormattedExecutionResult } from 'graphql';
import { Subscription } from '../subscriptions/subscription.js';
import { everythingSettled, ScriptedWatcher } from '../subscriptions/rooms/testing/scripted-watcher.js';
import { altered, alterations } from './testing/altered-json.js';
import { AlteringSubgraphs } from './testing/altering-subgraphs.js';

const QUERY = `{
  me { name email tags friends { name bought { id lines } } }
  constructor: everyone { id email }
  things { __typename ... on Person { name bought { id } } ... on Place { title } }
  orders { total nodes { id lines buyer { name email } } }
}`;
const LIVE = 'subscription { ordered { cursor order { id lines buyer { name email } } } }';

/** Alterations of responses; a third as many of events. */
const RUNS = process.env['LONG'] === '1' ? 1_500 : 600;

const system = new AlteringSubgraphs();
beforeAll(() => system.start());
afterAll(() => system.stop());
beforeEach(() => {
  system.alter = (response) => response;
});

async function run(query = QUERY) {
  const { result, responses } = await system.run(query);
  if (result instanceof Subscription) throw new Error('one result was expected');
  return { result, responses };
}

/** Expects all errors to reveal only the path and the code. */
function expectUnavailable({ errors = [] }: FormattedExecutionResult): void {
  for (const { path, extensions } of errors) {
    expect([path, extensions]).toEqual([expect.anything(), { code: 'SUBGRAPH_UNAVAILABLE' }]);
  }
}

const nullsIn = (json: unknown): number => JSON.stringify(json).split('null').length;

test('returns valid responses unchanged', async () => {
  const { result, responses } = await run();
  expect(result).toEqual({
    data: {
      me: {
        name: 'Ada',
        email: 'ada@example.com',
        tags: ['a', 'b'],
        friends: [{ name: 'Bob', bought: null }],
      },
      constructor: [
        { id: 'p1', email: 'ada@example.com' },
        { id: 'p2', email: 'bob@example.com' },
      ],
      things: [
        { __typename: 'Person', name: 'Bob', bought: null },
        { __typename: 'Place', title: 'Paris' },
        null,
      ],
      orders: {
        total: 2,
        nodes: Array.from({ length: 2 }, () => ({
          id: 'o1',
          lines: [[1, 2], [3]],
          buyer: { name: 'Ada', email: 'ada@example.com' },
        })),
      },
    },
  });
  expect([responses, system.failed]).toEqual([5, 0]);
});

test('turns any altered response into valid data or a subgraph error, never an internal error', async () => {
  const { result: good, responses } = await run();
  const seen = { good: 0, bad: 0 };
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: responses - 1 }), alterations, async (which, alteration) => {
      let at: readonly (string | number)[] = [];
      system.alter = (response, number) => {
        if (number !== which) return response;
        const { json, ...where } = altered(response, alteration);
        ({ at } = where);
        return json;
      };
      const { result } = await run();
      expectUnavailable(result);
      expect(result.data).toBeTruthy();
      expect(system.log).not.toContain('@example.com');
      const isFailed = result.errors?.some(({ message }) => message.startsWith('A part of the system'));
      expect(system.failed).toBe(isFailed ? 1 : 0);
      // A nullable field of an unknown entity is null without an error.
      const isUnknown = ['id', '__typename'].includes(String(at.at(-1)));
      const mayBeNull = JSON.stringify(alteration.value).includes('null') || alteration.by === 'adding to';
      if (!result.errors && !isUnknown && !mayBeNull) {
        expect(nullsIn(result.data)).toBeLessThanOrEqual(nullsIn(good.data));
      }
      seen[result.errors ? 'bad' : 'good'] += 1;
    }),
    { numRuns: RUNS },
  );
  expect(Math.min(seen.good, seen.bad)).toBeGreaterThan(RUNS / 10);
}, 60_000);

describe('an event', () => {
  const EVENT = {
    data: {
      ordered: {
        order: { id: 'o1', lines: [[1, 2], [3]], buyer: { __typename: 'Person', id: 'p1' } },
        live__cursor: 'c1',
        live__sign0: { __typename: 'Order' },
      },
    },
  };

  let rooms = 0;
  /** Starts a subscription in a new room. */
  const watch = async () => {
    const { result } = await system.run(LIVE.replace('cursor', `r${(rooms += 1)}: cursor`));
    if (!(result instanceof Subscription)) throw new Error(JSON.stringify(result));
    const watcher = new ScriptedWatcher();
    const texts: string[] = [];
    watcher.next = ({ cursor, json }) => void (json !== null && texts.push(`${cursor} ${json}`));
    const membership = result.start(watcher);
    await everythingSettled();
    const event = structuredClone(EVENT);
    Object.assign(event.data.ordered, { [`r${rooms}`]: 'c1' });
    return { watcher, texts, membership, event, upstream: system.upstream.last };
  };

  test('is delivered with its cursor and joined data', async () => {
    const { texts, upstream, event, membership } = await watch();
    upstream.sink.next(event);
    await everythingSettled();
    expect(texts).toEqual([
      `c1 {"data":{"ordered":{"r1":"c1","order":{"id":"o1","lines":[[1,2],[3]],"buyer":{"name":"Ada","email":"ada@example.com"}}}}}`,
    ]);
    membership.leave();
  });

  test('is delivered or ends its room when altered in any way, without an effect on other rooms', async () => {
    const other = await watch();
    const seen = { shown: 0, ended: 0 };
    await fc.assert(
      fc.asyncProperty(alterations, fc.boolean(), async (alteration, isJoined) => {
        const { texts, watcher, upstream, event, membership } = await watch();
        const { json } = altered(event, alteration);
        if (isJoined) system.alter = (response) => altered(response, alteration).json;
        upstream.sink.next((isJoined ? event : json) as never);
        await everythingSettled();
        system.alter = (response) => response;
        for (const text of texts) {
          const [, cursor, result] = /^(.*?) (\{.*)$/s.exec(text)!;
          expectUnavailable(JSON.parse(result!));
          if (JSON.parse(result!).data) expect(cursor).not.toBe('null');
        }
        const ending = ['SUBSCRIPTION_UPSTREAM_LOST'];
        const isBookmark = !isJoined && texts.length === 0 && watcher.seen.length === 0;
        if (!isBookmark) expect(watcher.seen).toEqual(texts.length === 0 ? ending : []);
        if (isJoined) expect(texts.length).toBe(1);
        seen[texts.length > 0 ? 'shown' : 'ended'] += 1;
        expect(system.log).not.toContain('@example.com');
        membership.leave();
        await everythingSettled();
      }),
      { numRuns: RUNS / 3 },
    );
    expect(Math.min(seen.shown, seen.ended)).toBeGreaterThan(RUNS / 30);
    other.upstream.sink.next(other.event);
    await everythingSettled();
    expect([other.watcher.seen, other.texts.length]).toEqual([[], 1]);
    other.membership.leave();
  }, 60_000);
});
