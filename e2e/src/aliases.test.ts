import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  buildClientSchema,
  getIntrospectionQuery,
  OperationTypeNode,
  parse,
  print,
  visit,
  type FieldNode,
  type IntrospectionQuery,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Client } from 'graphql-ws';
import { runOver } from './harness/run-over.js';
import { eventually } from './harness/eventually.js';
import { generateOperations, type GeneratedOperation } from './harness/generated-operations.js';
import { post, type Data, type GraphQLError } from './harness/http.js';
import { length } from './harness/length.js';
import { execute, liveClient, watch } from './harness/live-client.js';
import { ADDED } from './harness/operations.js';
import {
  addRandomSubscriber,
  addSubscriber,
  freshEmail,
  logIn,
  newAdmin,
  streamCursor,
  type Person,
} from './harness/people.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';
import { txnToken } from './harness/txn-token.js';
import { Random } from './kill-matrix/random.js';

const RUNS = length(75, 150);
const SEED = Number(process.env['ALIAS_SEED'] ?? 1);
const SCOPE =
  'users:read subscribers:read subscribers:write subscribers:import subscribers:export subscribers:erase subscribers:pii';
const RESUMABLE = ['subscriberAdded', 'subscriberChanged'];
const SERVER_ERRORS = ['SUBGRAPH_UNAVAILABLE', 'INTERNAL_SERVER_ERROR'];

const ADDED_BOOKMARKS = 'subscription { subscriberAdded(bookmarks: true) { cursor subscriber { email } } }';

let system: TestSystem;
let url: string;
let ada: Person;
let operations: GeneratedOperation[];
let socket: Client;
let before: string;
let aliases: string[];
let subscriptions: GeneratedOperation[];
let email: string;

beforeAll(async () => {
  system = await startTestSystem();
  url = system.gatewayUrl;
  ada = await newAdmin(url, 'Ada');
  before = await streamCursor(url, ada.accessToken);
  email = freshEmail();
  // With the values of the generated filters.
  const matching = { name: 'Grace', requireConfirmation: true, tags: ['x'] };
  const { subscriber } = await addSubscriber(url, ada.accessToken, { email, ...matching });
  const { data } = await post(url, getIntrospectionQuery({ oneOf: true }));
  const schema = buildClientSchema(data as IntrospectionQuery);
  const known = { email, String: 'x', first: 2 };
  operations = [ada.userId, subscriber.id as string].flatMap((ID) =>
    generateOperations(schema, { ...known, ID }),
  );
  aliases = [
    ...ALIASES,
    ...Object.keys(schema.getTypeMap()).filter((name) => !name.startsWith('__')),
    ...fieldNames(operations),
    'id',
    'id',
    'id',
    'cursor',
  ];
  subscriptions = generateOperations(schema, { ...known, ID: ada.userId, after: before })
    .filter(({ query, field }) => RESUMABLE.includes(field) && query.includes('after: '))
    // The cursor is one of the stream, not of a list.
    .map(({ query, ...rest }) => ({
      ...rest,
      query: query.replace(/(history\(.*?), after: "[^"]*"/g, '$1'),
    }));
  socket = liveClient(url, ada.accessToken);
});
afterAll(async () => {
  await socket?.dispose();
  await system?.stop();
});

const codes = (errors: readonly GraphQLError[] | undefined) =>
  errors?.map(({ extensions }) => extensions.code);
const hasReservedAlias = (query: string) => /\b__\w+: /.test(query);

/** Names with a meaning for the gateway, Apollo's executor or JavaScript. */
const ALIASES = [
  '__typename',
  '__proto__',
  '__schema',
  'live__cursor',
  'live__sign0',
  'live__after',
  'alias__id',
  'alias___id',
  'live___cursor',
  'auth__typename',
  'auth__typename_',
  'id__alias_0',
  '_entities',
  '_service',
  'representations',
  'constructor',
  'hasOwnProperty',
  'toString',
  'then',
  'data',
  'errors',
  'length',
];

function fieldNames(generated: readonly GeneratedOperation[]): Set<string> {
  const names = new Set<string>();
  const Field = ({ name }: FieldNode) => void names.add(name.value);
  for (const { query } of generated) visit(parse(query), { Field });
  return names;
}

/** A random part of generated operations of one kind, with random aliases. */
function randomOperation(seed: number, choices: readonly GeneratedOperation[], mostRoots = 1): string {
  const random = new Random(seed);
  const write = (fields: readonly FieldNode[], most = 3): string => {
    const keys = new Set<string>();
    const chosen = random.shuffled(fields).slice(0, 1 + random.below(most));
    const texts = chosen.map(({ selectionSet, ...field }) => {
      const name = field.name.value;
      let key = random.below(3) > 0 ? random.oneOf(aliases) : name;
      while (keys.has(key)) key = `${key}_`;
      keys.add(key);
      const alias = key === name ? '' : `${key}: `;
      return `${alias}${print(field)} ${selectionSet ? write(fieldsOf(selectionSet)) : ''}`;
    });
    return most === 3 && random.below(5) === 0 ? `{ ... { ${texts.join(' ')} } }` : `{ ${texts.join(' ')} }`;
  };
  const roots = choices.flatMap(({ query }) => {
    const [definition] = parse(query).definitions as [OperationDefinitionNode];
    return fieldsOf(definition.selectionSet);
  });
  return `${choices[0]!.kind} ${write(roots, mostRoots)}`;
}

// Generated operations have no fragments, because no field returns an interface or a union.
const fieldsOf = ({ selections }: SelectionSetNode) => selections as readonly FieldNode[];

function expectReservedError(errors: readonly GraphQLError[] | undefined, text: string): void {
  expect({ text, errors }).toMatchObject({
    errors: [
      {
        message: expect.stringMatching(/^The alias "__\w+" is reserved\./),
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
      },
    ],
  });
}

/** The data that one subgraph returns to Ada; null when it lacks a field. */
async function dataFromSubgraph(subgraph: 'users' | 'email-subscriptions', query: string): Promise<Data> {
  const { sid } = JSON.parse(Buffer.from(ada.accessToken.split('.')[1]!, 'base64url').toString()) as {
    sid: string;
  };
  const [at, secret] =
    subgraph === 'users'
      ? [system.subgraphUrls.users!, system.secrets.USERS_TXN_TOKEN_SECRET!]
      : [system.subgraphUrls['email-subscriptions']!, system.secrets.EMAIL_SUBSCRIPTIONS_TXN_TOKEN_SECRET!];
  const token = txnToken(secret, { aud: subgraph, sub: ada.userId, sid, scope: SCOPE });
  const { data, errors } = await post(at, query, { headers: { 'txn-token': token } });
  return codes(errors)?.includes('GRAPHQL_VALIDATION_FAILED') ? null : data;
}

describe('an alias that is the name of something else', () => {
  test('changes only the response key in a query', async () => {
    const queries = operations.filter(({ kind }) => kind === OperationTypeNode.QUERY);
    let compared = 0;
    let rejected = 0;
    for (let seed = SEED; seed < SEED + RUNS; seed += 1) {
      const text = randomOperation(seed, queries, 2);
      const overHttp = await post(url, text, { token: ada.accessToken });
      const overSocket = await execute(socket, text).catch((errors: GraphQLError[]) => ({
        errors,
        data: undefined,
      }));
      if (hasReservedAlias(text)) {
        rejected += 1;
        expect(overHttp.status).toBe(400);
        expectReservedError(overHttp.errors, text);
        expectReservedError(overSocket.errors, text);
        continue;
      }
      expect({
        text,
        serverErrors: codes(overHttp.errors)?.filter((code) => SERVER_ERRORS.includes(code)) ?? [],
      }).toEqual({
        text,
        serverErrors: [],
      });
      expect({ text, data: overSocket.data }).toEqual({ text, data: overHttp.data });
      for (const subgraph of ['users', 'email-subscriptions'] as const) {
        const direct = await dataFromSubgraph(subgraph, text);
        if (direct === null) continue;
        compared += 1;
        expect({ text, data: overHttp.data }).toEqual({ text, data: direct });
      }
    }
    expect(compared).toBeGreaterThan(RUNS / 4);
    expect(rejected).toBeGreaterThan(RUNS / 20);
  }, 120_000);

  test('does not replace the key of a join', async () => {
    const nodes = 'addedSubscribers(first: 1) { nodes { id: email } }';
    const { data } = await post(url, `{ viewer { user { id: displayName ${nodes} } } }`, {
      token: ada.accessToken,
    });
    expect(data).toEqual({
      viewer: { user: { id: 'Ada', addedSubscribers: { nodes: [{ id: email }] } } },
    });
    const watching = watch(
      socket,
      'subscription ($after: String) { id: subscriberAdded(after: $after) { subscriber { addedBy { id: displayName } } } }',
      { after: before },
    );
    expect(await watching.waitForEvents(1)).toEqual([
      { data: { id: { subscriber: { addedBy: { id: 'Ada' } } } } },
    ]);
    watching.stop();
  });

  test('causes no error in a mutation', async () => {
    const rootFields = [
      'addSubscriber',
      'refreshSession',
      'requestPasswordReset',
      'resetPassword',
      'verifyEmail',
    ];
    const mutations = operations.filter(({ field }) => rootFields.includes(field));
    for (let seed = SEED; seed < SEED + RUNS; seed += 1) {
      const text = randomOperation(seed, mutations);
      const { data, errors } = await post(url, text, { token: ada.accessToken });
      if (hasReservedAlias(text)) expectReservedError(errors, text);
      else expect({ text, errors, data }).toEqual({ text, errors: undefined, data: expect.anything() });
    }
  }, 120_000);

  test('does not affect a subscription or others on its socket', async () => {
    // It shares the socket with the operations below.
    const other = watch(socket, ADDED);
    for (let seed = SEED; seed < SEED + RUNS / 3; seed += 1) {
      const text = randomOperation(seed, subscriptions);
      const watching = watch(socket, text);
      await eventually(
        () => watching,
        ({ events, end }) => events.length > 0 || end.value !== undefined,
      );
      if (hasReservedAlias(text)) expectReservedError(watching.end.value as GraphQLError[], text);
      else expect({ text, end: watching.end, errors: watching.events[0]?.errors }).toEqual({ text, end: {} });
      watching.stop();
    }
    await addRandomSubscriber(url, ada.accessToken);
    await other.waitForEvents(1);
    expect(other.end).toEqual({});
    other.stop();
  }, 120_000);

  test('is rejected on every transport when it is reserved', async () => {
    const query = '{ viewer { user { __typename: displayName } } }';
    for (const by of Object.keys(runOver)) {
      expectReservedError((await runOver[by]!(url, { query }, ada.accessToken)).errors, by);
    }
  });

  test('does not block logins by repeated rejections', async () => {
    const query = `mutation {
      refreshSession(input: { refreshToken: "x" }) { userErrors { __typename: code } }
    }`;
    for (let times = 0; times < 30; times += 1) expectReservedError((await post(url, query)).errors, query);
    expect(await logIn(url, ada.email)).toMatchObject({ userId: ada.userId });
  });

  test.each([
    'subscription { subscriberAdded { __typename: occurredAt } }',
    'mutation { requestPasswordReset(input: { email: "x" }) { __typename: accepted } }',
  ])('is rejected without an effect on its socket when it is reserved: %s', async (query) => {
    const other = watch(socket, ADDED_BOOKMARKS);
    await other.waitForEvents(1);
    expectReservedError((await watch(socket, query).waitForEnd()) as GraphQLError[], query);
    await addRandomSubscriber(url, ada.accessToken);
    await other.waitForEvents(2);
    expect(other.end).toEqual({});
    other.stop();
  });

  test('causes no unforeseen error, and opens no circuit breaker', async () => {
    for (const process of Object.values(system.processes)) {
      expect(
        process.logs().filter((line) => /unforeseen|circuit breaker|did not respond/.test(line)),
      ).toEqual([]);
    }
  });
});
