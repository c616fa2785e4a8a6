import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { GraphQLFormattedError } from 'graphql';
import type { Identity } from '../identity/identity.js';
import { Audiences } from './plan/audience.js';
import { canonicalJson } from './plan/canonical-json.js';
import type { Audience } from '@supergraph/service/live-directive';
import { Subscription, type SubscriptionService } from './subscription.js';
import type { ExecutorRequest, SubscriptionPlan } from './plan/plan.js';
import type { RoomTopic } from './rooms/room-topic.js';
import type { Upstream } from './rooms/upstream.js';

interface Asked {
  readonly queryHash: string;
  readonly operationName: string | undefined;
  readonly variables: Record<string, unknown> | undefined;
  /** Those that the document declares; all that are given unless told. */
  readonly declared?: readonly string[];
  readonly source?: string;
  readonly afterVariable: string | null;
  readonly audience: Audience;
  readonly identity: Identity;
}

const ask: Asked = {
  queryHash: 'hash',
  operationName: 'Added',
  variables: { filter: { status: ['ACTIVE'], text: 'a' }, from: 'c1' },
  afterVariable: 'from',
  audience: 'SCOPES',
  identity: { viewer: { userId: 'ann', sessionId: 'laptop' }, scopes: new Set(['read']) },
};

/** The key of the room that an operation goes to, and as whom the room acts. */
function roomOf(asked: Asked) {
  const { queryHash, operationName, variables, afterVariable, audience, identity, source } = asked;
  const declared = asked.declared ?? Object.keys(variables ?? {});
  const joined: RoomTopic[] = [];
  const refused: GraphQLFormattedError['extensions'][] = [];
  const service = {
    audiences: new Audiences(),
    gateway: { version: 1 },
    rooms: { join: (topic: RoomTopic) => void joined.push(topic) },
  } as unknown as SubscriptionService;
  const upstream = { query: '', operationName: undefined, variables: [], resumption: null };
  const plan = { version: 1, afterVariable, audience, upstream } as unknown as SubscriptionPlan;
  const request = {
    queryHash,
    source: source ?? '',
    operation: { variableDefinitions: declared.map((name) => ({ variable: { name: { value: name } } })) },
    request: { ...(operationName !== undefined && { operationName }), ...(variables && { variables }) },
    context: { identity, requestId: 'r' },
  } as unknown as ExecutorRequest;
  new Subscription(plan, request, {} as Upstream, service).start({
    refused: (errors: readonly GraphQLFormattedError[]) =>
      refused.push(...errors.map(({ extensions }) => extensions)),
  } as never);
  return { key: joined[0]?.key, auth: joined[0]?.auth, refused };
}

const { key } = roomOf(ask);

test.each<[string, Partial<Asked>]>([
  ['where they want to start', { variables: { ...ask.variables, from: 'c2' } }],
  ['whether they say where to start', { variables: { filter: ask.variables!['filter'] } }],
  ['the order of keys', { variables: { from: 'c1', filter: { text: 'a', status: ['ACTIVE'] } } }],
  [
    'variables that their document does not declare',
    { variables: { ...ask.variables, junk: 'x'.repeat(1_000_000) }, declared: ['filter', 'from'] },
  ],
  ['who they are', { identity: { viewer: { userId: 'bob', sessionId: 'x' }, scopes: new Set(['read']) } }],
])('watchers share a room although they differ in %s', (_, difference) => {
  expect(roomOf({ ...ask, ...difference }).key).toBe(key);
});

test.each<[string, Partial<Asked>]>([
  ['the document', { queryHash: 'other' }],
  ['the operation', { operationName: 'Other' }],
  ['naming an operation', { operationName: undefined }],
  ['a variable', { variables: { ...ask.variables, filter: { status: ['ACTIVE'], text: 'b' } } }],
  ['the order of a list', { variables: { filter: { status: ['ERASED', 'ACTIVE'] } } }],
  ['a variable that is null and not absent', { variables: { ...ask.variables, other: null } }],
  ['a variable that is used for more than where to start', { afterVariable: null }],
  ['their scopes', { identity: { ...ask.identity, scopes: new Set(['read', 'write']) } }],
  ['the audience', { audience: 'VIEWER' }],
])('watchers who differ in %s do not share a room', (_, difference) => {
  expect(roomOf({ ...ask, ...difference }).key).not.toBe(key);
});

test.each<[string, Partial<Asked>]>([
  ['its text', { source: `subscription { added } # ${'x'.repeat(70_000)}` }],
  ['a variable', { variables: { filter: 'x'.repeat(70_000) } }],
  ['where it starts', { variables: { from: 'x'.repeat(70_000) } }],
])('an operation is refused when %s is more than should be kept', (_, difference) => {
  expect(roomOf(ask).refused).toEqual([]);
  expect(roomOf({ ...ask, ...difference })).toEqual({
    key: undefined,
    auth: undefined,
    refused: [{ code: 'BAD_USER_INPUT', limit: 'liveLength', value: expect.any(Number) }],
  });
});

test('an operation keeps nothing of the request that it came with but who asks', () => {
  const request = {
    operation: {},
    request: { http: 'the whole of it' },
    context: { identity: ask.identity, requestId: 'r', slot: {}, origin: () => 'the whole of it' },
  } as unknown as ExecutorRequest;
  const operation = new Subscription(
    {} as SubscriptionPlan,
    request,
    {} as Upstream,
    {} as SubscriptionService,
  );
  expect(operation['request']).toEqual({
    operation: {},
    request: { variables: {} },
    context: { identity: ask.identity, requestId: 'r' },
  });
});

test('a room acts with the scopes of its watchers and no person', () => {
  expect(roomOf(ask).auth).toEqual({ viewer: null, scopes: new Set(['read']) });
});

const text = fc.oneof(
  fc.constantFrom('', 'null', '1', '[]', '","', 'a', 'b', '{"a":"b"}'),
  fc.string({ unit: fc.constantFrom('a', '"', ',', '[', '{', '\\', '\u0000'), maxLength: 3 }),
);
const asks: fc.Arbitrary<Asked> = fc.record({
  queryHash: text,
  operationName: fc.option(text, { nil: undefined }),
  variables: fc.option(
    fc.dictionary(
      fc.constantFrom('a', 'b', 'from', '"', '__proto__'),
      fc.oneof(fc.constantFrom<unknown>(null, 1, '1', [], {}, ['a'], { a: 'b' }), text),
      { maxKeys: 2, noNullPrototype: true },
    ),
    { nil: undefined },
  ),
  afterVariable: fc.constantFrom(null, 'from'),
  audience: fc.constantFrom<Audience>('VIEWER', 'SCOPES'),
  identity: fc.record({
    viewer: fc.option(fc.record({ userId: text, sessionId: text }), { nil: null }),
    scopes: fc.array(text, { maxLength: 2 }).map((scopes) => new Set(scopes)),
  }),
});
const parts = ['queryHash', 'operationName', 'variables', 'afterVariable', 'audience', 'identity'] as const;

/** What matters of a request, part by part. */
function substance({ queryHash, operationName, variables, afterVariable, ...who }: Asked): unknown[] {
  const others = Object.entries(variables ?? {}).filter(([name]) => name !== afterVariable);
  return [
    queryHash,
    operationName ?? null,
    afterVariable,
    canonicalJson(Object.fromEntries(others)),
    new Audiences().of(who.identity, who.audience).key,
  ];
}

test('the key of a room differs whenever a part that matters does', () => {
  const pairs = fc
    .tuple(asks, asks, fc.subarray([...parts]))
    .map(([one, other, changed]): [Asked, Asked] => [
      one,
      { ...one, ...Object.fromEntries(changed.map((part) => [part, other[part]])) },
    ]);
  fc.assert(
    fc.property(pairs, ([one, other]) => {
      const [ones, others] = [substance(one), substance(other)];
      const isSame = ones.every((part, n) => part === others[n]);
      expect(roomOf(one).key === roomOf(other).key).toBe(isSame);
    }),
    { numRuns: 3_000 },
  );
});
