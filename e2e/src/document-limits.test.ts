import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { getIntrospectionQuery } from 'graphql';
import { runOver } from './harness/run-over.js';
import { cpuSeconds } from './harness/cpu-time.js';
import { codesOf, post } from './harness/http.js';
import { addSubscriber, freshEmail, newPerson, PASSWORD, type Person } from './harness/people.js';
import { startTestSystem } from './harness/test-system.js';

let system: System;
let url: string;
let ada: Person;
beforeAll(async () => {
  system = await startTestSystem();
  url = system.gatewayUrl;
  ada = await newPerson(url);
});
afterAll(() => system?.stop());

const times = (count: number, text: string) =>
  Array.from({ length: count }, (_, index) => text.replaceAll('#', String(index))).join(' ');

const deep = `{ subscribers { nodes { ${'addedBy { addedSubscribers { nodes { '.repeat(6)} id ${'} } }'.repeat(6)} } } }`;
const exploding = `{ viewer { user { ...F0 } } }
  ${times(30, 'fragment F# on User { ...F_# ...F_# } fragment F_# on User { id }').replaceAll(/F_(\d+) \.\.\.F_\d+/g, (_, n) => `F${Number(n) + 1} ...F${Number(n) + 1}`)}
  fragment F30 on User { id }`;
const LOGIN = 'login(input: { email: "a@example.com", password: "x" }) { userErrors { code } }';

const bombs: [what: string, limit: string, query: string, code?: string][] = [
  ['deep', 'depth', deep],
  ['wide', 'rootFields', `{ ${times(21, 'a: viewer { email }')} }`],
  ['full of aliases', 'aliases', `{ viewer { ${times(60, 'a#: email')} } }`],
  ['a repeated field', 'repeats', `{ viewer { ${times(500, 'email')} } }`],
  ['a repeated nested field', 'repeats', `{ ${times(5, `viewer { ${times(15, 'user { id }')} }`)} }`],
  ['exploding by fragments', 'selections', exploding],
  ['a fragment of itself', 'selections', '{ viewer { user { ...A } } } fragment A on User { ...A }'],
  [
    'many operations of one large fragment',
    'selections',
    `fragment F on Query { ${times(100, '... { __typename }')} } ${times(50, 'query Q# { ...F }')}`,
  ],
  ['flooded with directives', 'directives', `{ viewer { ${times(60, 'email @include(if: true)')} } }`],
  ['one place flooded with directives', 'directivesPerLocation', `{ viewer ${times(40, '@a#')} { email } }`],
  [
    'conditional on many variables',
    'conditions',
    `query (${times(9, '$v#: Boolean!')}) { viewer { ${times(9, 'a#: email @include(if: $v#)')} } }`,
  ],
  ['a flood of tokens', 'tokens', `{ ${times(3_000, 'a')} }`, 'GRAPHQL_PARSE_FAILED'],
  ['a flood of brackets', 'tokens', `{ a(b: ${'['.repeat(20_000)}) }`, 'GRAPHQL_PARSE_FAILED'],
  ['a flood of comments', 'textLength', `{ viewer { email } } ${'#\n'.repeat(40_000)}`],
  ['two logins by aliases', 'credentialMutations', `mutation { a: ${LOGIN} b: ${LOGIN} }`],
  [
    'two logins by fragments',
    'credentialMutations',
    `mutation { ...A ... on Mutation { b: ${LOGIN} } } fragment A on Mutation { ${LOGIN} }`,
  ],
  [
    'a login and a refresh',
    'credentialMutations',
    `mutation { ${LOGIN} refreshSession(input: { refreshToken: "x" }) { userErrors { code } } }`,
  ],
  [
    'lists in lists',
    'cost',
    '{ subscribers(first: 100) { nodes { addedBy { addedSubscribers(first: 100) { nodes { id } } } } } }',
  ],
  [
    'a few values of each in lists of lists',
    'values',
    `{ subscribers(first: 48) { nodes { addedBy { addedSubscribers(first: 100) { nodes { ${times(49, 'a#: status')} } } } } } }`,
  ],
  [
    'a long alias of each in a list',
    'aliasLength',
    `{ subscribers { nodes { ${'a'.repeat(60_000)}: id } } }`,
  ],
];
const NESTED =
  'query ($n: Int, $m: Int = 1) { subscribers(first: $n) { nodes { addedBy { addedSubscribers(first: $m) { edges { node { id } } } } } } }';

/** One check in front of all transports, so two documents show that each transport has it. */
const EACH: [transport: string, documents: typeof bombs][] = [
  ['HTTP POST', bombs],
  ...['HTTP GET', 'WebSocket', 'server-sent events', 'multipart'].map((transport): [string, typeof bombs] => [
    transport,
    [bombs[0]!, bombs[1]!],
  ]),
];

describe.each(EACH)('over %s', (transport, documents) => {
  test.each(documents)(
    'rejects a document that is %s',
    async (_, limit, query, code = 'GRAPHQL_VALIDATION_FAILED') => {
      const { data, errors } = await runOver[transport]!(url, { query }, ada.accessToken);
      expect(data ?? null).toBe(null);
      expect(errors).toEqual([
        expect.objectContaining({
          extensions: { code, limit, value: expect.any(Number) },
        }),
      ]);
    },
  );

  test('rejects a known document by its variables', async () => {
    const run = (variables: Record<string, number>) =>
      runOver[transport]!(url, { query: NESTED, variables }, ada.accessToken);
    expect(await run({ n: 2 })).toEqual({ data: { subscribers: { nodes: expect.any(Array) } } });
    expect((await run({ n: 100, m: 100 })).errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT', limit: 'cost', value: 20_301 } },
    ]);
    expect((await run({ n: 2 })).errors).toBe(undefined);
  });
});

describe('over HTTP POST', () => {
  const run = (query: string, variables?: Record<string, number>) =>
    post(url, query, { token: ada.accessToken, ...(variables && { variables }) });

  test('rejects a document by the number of values in its result', async () => {
    const query = `query ($n: Int) { subscribers(first: 40) { nodes { addedBy { addedSubscribers(first: $n) { nodes { ${times(10, 'a#: id')} } } } } } }`;
    expect((await run(query, { n: 100 })).errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT', limit: 'values', value: 44_121 } },
    ]);
    expect((await run(query, { n: 40 })).data).toEqual({ subscribers: { nodes: expect.any(Array) } });
  });

  test('rejects the same document again, also with another operation name', async () => {
    for (const query of [deep, deep, `query A ${deep}`]) {
      expect((await run(query)).errors).toMatchObject([{ extensions: { limit: 'depth' } }]);
    }
  });
});

describe('over WebSocket', () => {
  test('rejects an exploding subscription', async () => {
    const query = `subscription { subscriberAdded { subscriber { addedBy { ...F0 } } } } ${exploding.slice(exploding.indexOf('fragment'))}`;
    const { errors } = await runOver['WebSocket']!(url, { query }, ada.accessToken);
    expect(errors).toMatchObject([{ extensions: { limit: 'selections' } }]);
  });

  test('rejects a subscription with many values per event, also by its variables', async () => {
    const queryOf = (size: string) =>
      `subscription ($n: Int) { subscriberAdded { subscriber { addedBy { addedSubscribers(first: ${size}) { nodes { ${times(20, 'a#: id')} } } } } } }`;
    const run = async (query: string, variables: Record<string, number>) =>
      (await runOver['WebSocket']!(url, { query, variables }, ada.accessToken)).errors;
    const extensions = { limit: 'eventValues', value: 1_054 };
    expect(await run(queryOf('50').replace('($n: Int) ', ''), {})).toMatchObject([
      { extensions: { ...extensions, code: 'GRAPHQL_VALIDATION_FAILED' } },
    ]);
    expect(await run(queryOf('$n'), { n: 50 })).toMatchObject([
      { extensions: { ...extensions, code: 'BAD_USER_INPUT' } },
    ]);
  });
});

test('accepts a page of 100 with all fields of each subscriber and of the user who added it', async () => {
  await addSubscriber(url, ada.accessToken, { email: freshEmail() });
  // Other tests share this system, and add subscribers for users that do not exist.
  const { data, errors } = await post(
    url,
    `{ subscribers(first: 100, filter: { addedBy: ["${ada.userId}"] }) { totalCount { value precision } streamCursor pageInfo { hasNextPage endCursor }
      edges { cursor node { __typename id email name status addedAt addedBy { __typename id displayName createdAt email roles
        addedSubscribers(first: 20) { nodes { id email name status addedAt } } } } } } }`,
    { token: ada.accessToken },
  );
  expect(errors).toBe(undefined);
  expect(data.subscribers.edges).toMatchObject([{ node: { addedBy: { id: ada.userId } } }]);
});

test('spends little CPU time on all of them together', async () => {
  const variants = Array.from({ length: 5 }, (_, index) =>
    bombs.map(([, , query]) => `${query} #${index}`),
  ).flat();
  const before = await cpuSeconds(system.metricsUrls.gateway);
  await Promise.all(variants.map((query) => post(url, query)));
  const used = (await cpuSeconds(system.metricsUrls.gateway)) - before;
  // They use about 0.2 s. An exploding document would take hours.
  expect(used).toBeLessThan(5);
});

test('accepts introspection in development', async () => {
  const { data, errors } = await post(
    url,
    getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true, schemaDescription: true }),
  );
  expect(errors).toBe(undefined);
  expect(data.__schema.types.length).toBeGreaterThan(20);
});

test('accepts a single login', async () => {
  const response = await post(
    url,
    'mutation ($input: LoginInput!) { login(input: $input) { tokens { accessToken } } }',
    {
      variables: { input: { email: ada.email, password: PASSWORD } },
    },
  );
  expect(codesOf(response)).toEqual([]);
  expect(response.data.login.tokens.accessToken).toEqual(expect.any(String));
});
