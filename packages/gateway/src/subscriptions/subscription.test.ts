import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { GraphQLFormattedError } from 'graphql';
import type { Identity } from '../request/identity.js';
import { Audiences } from './plan/audience.js';
import { canonicalJson } from './plan/canonical-json.js';
import type { Audience } from '@kit/auth';
import { Subscription, type SubscriptionService } from './subscription.js';
import type { ExecutorRequest } from '../request/executor-request.js';
import type { SubscriptionPlan } from '../request/plan.js';
import type { RoomTopic } from './rooms/room-topic.js';
import type { Upstream } from '../subgraphs/upstream.js';

interface TestRequest {
  readonly queryHash: string;
  readonly operationName: string | undefined;
  readonly variables: Record<string, unknown> | undefined;
  /** Variables that the document declares; by default, all that are given. */
  readonly declared?: readonly string[];
  readonly source?: string;
  readonly afterVariable: string | null;
  readonly audience: Audience;
  readonly identity: Identity;
}

const base: TestRequest = {
  queryHash: 'hash',
  operationName: 'Added',
  variables: { filter: { status: ['ACTIVE'], text: 'a' }, from: 'c1' },
  afterVariable: 'from',
  audience: 'SCOPES',
  identity: { viewer: { userId: 'ann', sessionId: 'laptop' }, scopes: new Set(['read']) },
};

/** The key and `auth` of the room that a subscription joins, or the extensions of the errors. */
function roomOf(tested: TestRequest) {
  const { queryHash, operationName, variables, afterVariable, audience, identity, source } = tested;
  const declared = tested.declared ?? Object.keys(variables ?? {});
  const joined: RoomTopic[] = [];
  const rejected: GraphQLFormattedError['extensions'][] = [];
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
    rejected: (errors: readonly GraphQLFormattedError[]) =>
      rejected.push(...errors.map(({ extensions }) => extensions)),
  } as never);
  return { key: joined[0]?.key, auth: joined[0]?.auth, rejected };
}

const { key } = roomOf(base);

test.each<[string, Partial<TestRequest>]>([
  ['the start cursor', { variables: { ...base.variables, from: 'c2' } }],
  ['the presence of a start cursor', { variables: { filter: base.variables!['filter'] } }],
  ['the order of keys', { variables: { from: 'c1', filter: { text: 'a', status: ['ACTIVE'] } } }],
  [
    'variables that the document does not declare',
    { variables: { ...base.variables, junk: 'x'.repeat(1_000_000) }, declared: ['filter', 'from'] },
  ],
  ['the user', { identity: { viewer: { userId: 'bob', sessionId: 'x' }, scopes: new Set(['read']) } }],
])('shares a room between watchers that differ only in %s', (_, difference) => {
  expect(roomOf({ ...base, ...difference }).key).toBe(key);
});

test.each<[string, Partial<TestRequest>]>([
  ['the document', { queryHash: 'other' }],
  ['the operation', { operationName: 'Other' }],
  ['the presence of an operation name', { operationName: undefined }],
  ['a variable', { variables: { ...base.variables, filter: { status: ['ACTIVE'], text: 'b' } } }],
  ['the order of a list', { variables: { filter: { status: ['ERASED', 'ACTIVE'] } } }],
  ['a variable that is null instead of absent', { variables: { ...base.variables, other: null } }],
  ['a start variable that the document also uses elsewhere', { afterVariable: null }],
  ['the scopes', { identity: { ...base.identity, scopes: new Set(['read', 'write']) } }],
  ['the audience', { audience: 'VIEWER' }],
])('does not share a room between watchers that differ in %s', (_, difference) => {
  expect(roomOf({ ...base, ...difference }).key).not.toBe(key);
});

test.each<[string, Partial<TestRequest>]>([
  ['the document', { source: `subscription { added } # ${'x'.repeat(70_000)}` }],
  ['a variable', { variables: { filter: 'x'.repeat(70_000) } }],
  ['the start cursor', { variables: { from: 'x'.repeat(70_000) } }],
])('rejects a subscription when %s is too long to keep in memory', (_, difference) => {
  expect(roomOf(base).rejected).toEqual([]);
  expect(roomOf({ ...base, ...difference })).toEqual({
    key: undefined,
    auth: undefined,
    rejected: [{ code: 'BAD_USER_INPUT', limit: 'liveLength', value: expect.any(Number) }],
  });
});

test('retains only the operation, the identity and the request id', () => {
  const request = {
    operation: {},
    request: { http: 'the whole request' },
    context: { identity: base.identity, requestId: 'r', slot: {}, origin: () => 'the origin' },
  } as unknown as ExecutorRequest;
  const subscription = new Subscription(
    {} as SubscriptionPlan,
    request,
    {} as Upstream,
    {} as SubscriptionService,
  );
  expect(subscription['request']).toEqual({
    operation: {},
    request: { variables: {} },
    context: { identity: base.identity, requestId: 'r' },
  });
});

test('uses the watchers’ scopes and no user for a shared room', () => {
  expect(roomOf(base).auth).toEqual({ viewer: null, scopes: new Set(['read']) });
});

const text = fc.oneof(
  fc.constantFrom('', 'null', '1', '[]', '","', 'a', 'b', '{"a":"b"}'),
  fc.string({ unit: fc.constantFrom('a', '"', ',', '[', '{', '\\', '\u0000'), maxLength: 3 }),
);
const requests: fc.Arbitrary<TestRequest> = fc.record({
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

/** The parts of a request that decide which room it joins. */
function relevantParts({
  queryHash,
  operationName,
  variables,
  afterVariable,
  ...rest
}: TestRequest): unknown[] {
  const others = Object.entries(variables ?? {}).filter(([name]) => name !== afterVariable);
  return [
    queryHash,
    operationName ?? null,
    afterVariable,
    canonicalJson(Object.fromEntries(others)),
    new Audiences().of(rest.identity, rest.audience).key,
  ];
}

test('has equal room keys exactly when all relevant parts are equal', () => {
  const pairs = fc
    .tuple(requests, requests, fc.subarray([...parts]))
    .map(([one, other, changed]): [TestRequest, TestRequest] => [
      one,
      { ...one, ...Object.fromEntries(changed.map((part) => [part, other[part]])) },
    ]);
  fc.assert(
    fc.property(pairs, ([one, other]) => {
      const [ones, others] = [relevantParts(one), relevantParts(other)];
      const isSame = ones.every((part, n) => part === others[n]);
      expect(roomOf(one).key === roomOf(other).key).toBe(isSame);
    }),
    { numRuns: 3_000 },
  );
});
