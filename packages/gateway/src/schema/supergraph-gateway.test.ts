import { composeServices } from '@apollo/composition';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Logger } from 'pino';
import { ANONYMOUS } from '@kit/auth';
import { parse } from 'graphql';
import { Subscription } from '../subscriptions/subscription.js';
import { Operations } from '../subscriptions/operations.js';
import { SubscriptionFigures } from '../telemetry/figures.js';
import { ScriptedUpstream } from '../subscriptions/rooms/testing/scripted-upstream.js';
import { everythingSettled, ScriptedWatcher } from '../subscriptions/rooms/testing/scripted-watcher.js';
import type { Upstream } from '../subgraphs/upstream.js';
import { OperationRules } from '../operation/operation-rules.js';
import { OperationPipeline } from './operation-pipeline.js';
import { SupergraphGateway } from './supergraph-gateway.js';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])';

function compose(...fields: string[]): string {
  const typeDefs = `${LINK}
    type Query { me: Person }
    type Person { ${['name: String', ...fields].join(' ')} }
    type Subscription { ticks(after: String, bookmarks: Boolean = false): Tick! }
    type Tick { cursor: String! item: String ${fields.join(' ')} }`;
  const { supergraphSdl, errors } = composeServices([
    { name: 'people', url: 'http://people', typeDefs: parse(typeDefs) },
  ]);
  if (!supergraphSdl) throw new Error(String(errors));
  return supergraphSdl;
}

const SMALL = compose();
const LARGE = compose('age: Int');
const quiet = { debug() {}, info() {}, warn() {}, error() {} } as unknown as Logger;

/** Returns the subgraph's data. */
let answer: () => Promise<Record<string, unknown>>;
let gateway: SupergraphGateway;
let pipeline: OperationPipeline;
let operations: Operations;
const upstream = new ScriptedUpstream();
const context = { identity: ANONYMOUS, requestId: 'r' };

beforeEach(async () => {
  answer = async () => ({ me: { name: 'Ada', age: 36 } });
  gateway = new SupergraphGateway({
    supergraphSdl: LARGE,
    dataSourceOf: (name) => {
      if (name !== 'people') throw new Error(`${name.toUpperCase()}_URL is missing`);
      return { send: async ({ check }) => check({ data: await answer() }) };
    },
    logger: quiet,
  });
  const rules = new OperationRules({ production: false, cost: 5_000, persistedOperations: null }, quiet);
  pipeline = new OperationPipeline(gateway, rules, quiet);
  await pipeline.server.start();
  const upstreams = new Map([['people', upstream as unknown as Upstream]]);
  operations = new Operations({
    pipeline,
    gateway,
    upstreams,
    formatError: rules.formatError,
    retryWindowMs: 1_000,
    figures: new SubscriptionFigures(),
    logger: quiet,
  });
});
afterEach(() => pipeline.server.stop());

async function query(text: string) {
  return (await pipeline.run({ query: text }, context)).result;
}

const codesOf = ({ errors }: Awaited<ReturnType<typeof query>>) =>
  errors?.map(({ extensions }) => extensions?.['code']);

describe('a new supergraph', () => {
  test('executes later operations', async () => {
    await gateway.reload(SMALL);
    expect(codesOf(await query('{ me { age } }'))).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    await gateway.reload(LARGE);
    expect(await query('{ me { age } }')).toEqual({ data: { me: { age: 36 } } });
  });

  test.each([0, 2])(
    'does not affect pending operations, with a document that was used %i times',
    async (uses) => {
      for (let n = 0; n < uses; n += 1) await query('{ me { age } }');
      let respond = () => {};
      const requested = new Promise<void>((resolveRequested) => {
        answer = () => {
          resolveRequested();
          return new Promise((resolve) => (respond = () => resolve({ me: { age: 36 } })));
        };
      });
      const result = query('{ me { age } }');
      await requested;
      await gateway.reload(SMALL);
      respond();
      expect(await result).toEqual({ data: { me: { age: 36 } } });
    },
  );

  test('never mixes with the previous one in an operation, whichever begins first and by any number of ticks', async () => {
    const TICKS = 60;
    const results: ReturnType<typeof query>[] = [];
    const queryInEachTick = async () => {
      for (let n = 0; n < TICKS; n += 1) {
        results.push(query('{ me { age } }'));
        await Promise.resolve();
      }
    };
    await queryInEachTick();
    const reload = gateway.reload(SMALL);
    await queryInEachTick();
    await reload;
    const [before, after] = [results.slice(0, TICKS), results.slice(TICKS)];
    for (const result of await Promise.all(before)) expect(result).toEqual({ data: { me: { age: 36 } } });
    for (const result of await Promise.all(after)) {
      if (result.errors) expect(codesOf(result)).toEqual(['GRAPHQL_VALIDATION_FAILED']);
      else expect(result).toEqual({ data: { me: { age: 36 } } });
    }
  });

  test.each([
    ['is empty', ''],
    ['is not GraphQL', '<html>'],
    ['is not a supergraph', 'type Query { a: Int }'],
    ['is incomplete', LARGE.slice(0, LARGE.length / 2)],
    ['refers to a missing type', LARGE.replace(/type Person[^}]*}/, '')],
    ['has a subgraph without an address', LARGE.replace('name: "people"', 'name: "unknown"')],
    [
      'links a security specification that is not enforced',
      LARGE.replace('{\n  query', '@link(url: "https://example.com/secret/v1.0", for: SECURITY) {\n  query'),
    ],
  ])('that %s is rejected, and the previous one stays in use', async (_, sdl) => {
    expect(sdl).not.toBe(LARGE);
    await expect(gateway.reload(sdl)).rejects.toThrow(/\w/);
    expect(gateway.version).toBe(1);
    expect(await query('{ me { age } }')).toEqual({ data: { me: { age: 36 } } });
    await gateway.reload(SMALL);
    expect(codesOf(await query('{ me { age } }'))).toEqual(['GRAPHQL_VALIDATION_FAILED']);
  });
});

describe('a subscription that was accepted before a new supergraph', () => {
  const accepted = async (text: string) => {
    const operation = await operations.run({ query: text }, { identity: ANONYMOUS, requestId: 'r' });
    if (!(operation instanceof Subscription)) throw new Error(JSON.stringify(operation));
    return operation;
  };

  test('starts with the new supergraph', async () => {
    const operation = await accepted('subscription { ticks { item } }');
    await gateway.reload(SMALL);
    const watcher = new ScriptedWatcher();
    const before = upstream.asked.length;
    const membership = operation.start(watcher);
    await everythingSettled();
    expect(upstream.asked.slice(before).map(({ request }) => request.query.includes('age'))).toEqual([false]);
    upstream.last.sink.next({ data: { ticks: { item: 'a', live__cursor: '1', live__sign0: 'a' } } });
    const texts: (string | null)[] = [];
    watcher.next = ({ json }) => void texts.push(json);
    await everythingSettled();
    expect(texts).toEqual(['{"data":{"ticks":{"item":"a"}}}']);
    membership.leave();
  });

  test('is rejected when it is invalid in the new supergraph', async () => {
    const operation = await accepted('subscription { ticks { age } }');
    await gateway.reload(SMALL);
    const watcher = new ScriptedWatcher();
    operation.start(watcher);
    await everythingSettled();
    expect(watcher.seen).toEqual(['rejected GRAPHQL_VALIDATION_FAILED']);
  });

  test('can be stopped before it has started', async () => {
    const operation = await accepted('subscription { ticks { item } }');
    await gateway.reload(SMALL);
    const before = upstream.asked.length;
    const watcher = new ScriptedWatcher();
    operation.start(watcher).leave();
    await everythingSettled();
    expect([watcher.seen, upstream.asked.length]).toEqual([[], before]);
  });

  test('is validated and planned again in its room', async () => {
    const watchers = [new ScriptedWatcher(), new ScriptedWatcher()];
    const texts = ['subscription { ticks { item } }', 'subscription { ticks { age } }'];
    for (const [n, text] of texts.entries()) (await accepted(text)).start(watchers[n]!);
    await everythingSettled();
    await gateway.reload(SMALL);
    await operations.rooms.renew(gateway.version);
    await everythingSettled();
    expect(watchers.map(({ seen }) => seen)).toEqual([[], ['rejected SUBSCRIPTION_SCHEMA_RELOAD']]);
  });
});

test('the variables of a subscription may have the names of internal ones', async () => {
  const query = `subscription ($representations: Boolean!, $alias__after: String) {
    ticks(after: $alias__after) { item @skip(if: $representations) } }`;
  const variables = { representations: true, alias__after: 'c1' };
  const operation = await operations.run({ query, variables }, context);
  if (!(operation instanceof Subscription)) throw new Error(JSON.stringify(operation));
  const membership = operation.start(new ScriptedWatcher());
  await everythingSettled();
  expect(upstream.last.request.variables).toEqual({ representations: true, live__after: 'c1' });
  membership.leave();
});
