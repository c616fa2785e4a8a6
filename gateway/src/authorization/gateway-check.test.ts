import { ApolloServer } from '@apollo/server';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ANONYMOUS, type AuthContext } from '@supergraph/auth-context/auth-context';
import type { FormattedExecutionResult } from 'graphql';
import type { Logger } from 'pino';
import { LiveOperation } from '../live/live-operation.js';
import { Operations } from '../live/operations.js';
import { ScriptedUpstream } from '../live/rooms/testing/scripted-upstream.js';
import { everythingSettled, ScriptedWatcher } from '../live/rooms/testing/scripted-watcher.js';
import type { Upstream } from '../live/rooms/upstream.js';
import type { RequestContext } from '../request-context.js';
import { SupergraphGateway } from '../supergraph/supergraph-gateway.js';
import { openSubgraphs, supergraphSdlOf } from './testing/open-subgraphs.js';

const people = `
  type Query {
    me: Person
    people: [Person!]
    secret: String @requiresScopes(scopes: [["a", "b"]])
    own: Person! @authenticated
    things: [Thing]
    hits: [Hit]
    level: Level
  }
  type Mutation { rename: Person drop: Boolean @requiresScopes(scopes: [["a"]]) }
  type Person @key(fields: "id") {
    id: ID!
    name(short: Boolean): String
    email(short: Boolean): String @requiresScopes(scopes: [["mail"]])
    pin: Int! @requiresScopes(scopes: [["pin"], ["root", "system"]])
  }
  interface Thing { label: String }
  type Cat implements Thing { label: String }
  type Robot implements Thing { label: String @authenticated }
  type Spy @authenticated { name: String }
  union Hit = Cat | Spy
  enum Level @authenticated { HIGH }
  type Subscription {
    ticks(after: String, bookmarks: Boolean = false): Tick!
    secrets: Tick! @authenticated
  }
  type Tick { cursor: String! item: String hint: String @requiresScopes(scopes: [["a"]]) person: Person }`;
const orders = `
  type Person @key(fields: "id", resolvable: true) { id: ID! orders: [Order!] @authenticated count: Int! }
  type Order { id: ID! }
  type Query { shops: Int }`;

let renamed = 0;
const ada = { id: '1', name: 'Ada', email: 'ada@example.com', pin: 1234 };
const subgraphs = {
  people: {
    typeDefs: people,
    resolvers: {
      Query: {
        me: () => ada,
        people: () => [ada, { ...ada, id: '2', name: 'Bob' }],
        secret: () => 'leaked',
        own: () => ada,
        things: () => [
          { __typename: 'Cat', label: 'cat' },
          { __typename: 'Robot', label: 'robot' },
        ],
        hits: () => [
          { __typename: 'Cat', label: 'cat' },
          { __typename: 'Spy', name: '007' },
        ],
        level: () => 'HIGH',
      },
      Mutation: { rename: () => ((renamed += 1), ada), drop: () => ((renamed += 1), true) },
    },
  },
  orders: {
    typeDefs: orders,
    resolvers: { Person: { __resolveReference: () => ({ orders: [{ id: 'o' }], count: 1 }) } },
  },
};
const { asked, dataSources, supergraphSdl } = openSubgraphs(subgraphs);
const quiet = { debug() {}, info() {}, warn() {}, error() {} } as unknown as Logger;
const upstream = new ScriptedUpstream();

let gateway: SupergraphGateway;
let server: ApolloServer<RequestContext>;
let operations: Operations;
beforeEach(async () => {
  gateway = new SupergraphGateway({ supergraphSdl, dataSources, logger: quiet });
  server = new ApolloServer<RequestContext>({ gateway, logger: quiet, stopOnTerminationSignals: false });
  await server.start();
  const upstreams = new Map([['people', upstream as unknown as Upstream]]);
  operations = new Operations(server, gateway, upstreams, (formatted) => formatted, 1_000, quiet);
  asked.length = 0;
  renamed = 0;
});
afterEach(() => server.stop());

const person = (...scopes: string[]): AuthContext => ({
  viewer: { userId: 'u', sessionId: 's' },
  scopes: new Set(scopes),
});
const roomWith = (...scopes: string[]): AuthContext => ({ viewer: null, scopes: new Set(scopes) });

async function query(text: string, identity: AuthContext = ANONYMOUS, variables = {}) {
  const contextValue = { identity, requestId: 'r' };
  const { body } = await server.executeOperation({ query: text, variables }, { contextValue });
  if (body.kind !== 'single') throw new Error('one result was expected');
  const { data, errors } = body.singleResult;
  return { data, refused: refusals(errors) };
}

const refusals = (errors: FormattedExecutionResult['errors']) =>
  errors?.map(({ path, extensions }) => [
    path?.join('.'),
    extensions?.['code'],
    extensions?.['missingScopes'],
  ]);

describe('of a query, before subgraphs that would answer everything', () => {
  test('a stranger sees what is open; the rest is null, with the reason', async () => {
    expect(await query('{ secret me { name mail: email } }')).toEqual({
      data: { secret: null, me: { name: 'Ada', mail: null } },
      refused: [
        ['secret', 'UNAUTHENTICATED', undefined],
        ['me.mail', 'UNAUTHENTICATED', undefined],
      ],
    });
    expect(asked.join()).not.toMatch(/secret|email/);
  });

  test('somebody who lacks scopes is told which', async () => {
    expect(await query('{ secret me { pin } own { name } }', person('a', 'root'))).toEqual({
      data: { secret: null, me: null, own: { name: 'Ada' } },
      refused: [
        ['secret', 'FORBIDDEN', [['b']]],
        ['me.pin', 'FORBIDDEN', [['pin'], ['system']]],
      ],
    });
  });

  test('who has the scopes sees everything, person or not', async () => {
    for (const auth of [person('a', 'b', 'pin'), roomWith('a', 'b', 'pin')]) {
      expect(await query('{ secret me { pin } own { name } }', auth)).toEqual({
        data: { secret: 'leaked', me: { pin: 1234 }, own: { name: 'Ada' } },
        refused: undefined,
      });
    }
  });

  test('scopes without a person are authenticated', async () => {
    expect((await query('{ own { name } secret }', roomWith('x'))).refused).toEqual([
      ['secret', 'FORBIDDEN', [['a', 'b']]],
    ]);
  });

  test('in a list each item has its null, and there is one error', async () => {
    expect(await query('{ people { email id } }')).toEqual({
      data: {
        people: [
          { email: null, id: '1' },
          { email: null, id: '2' },
        ],
      },
      refused: [['people.email', 'UNAUTHENTICATED', undefined]],
    });
  });

  test('when nothing is left, no subgraph is called, and null bubbles', async () => {
    expect(await query('{ secret level }')).toMatchObject({ data: { secret: null, level: null } });
    expect(await query('{ me: own { name } }')).toMatchObject({ data: null });
    expect(asked).toEqual([]);
  });

  test('what other subgraphs join counts', async () => {
    expect(await query('{ me { name orders { id } count } }')).toMatchObject({
      data: { me: { name: 'Ada', orders: null, count: 1 } },
      refused: [['me.orders', 'UNAUTHENTICATED', undefined]],
    });
    asked.length = 0;
    expect(await query('{ me { name orders { id } } }')).toMatchObject({ data: { me: { orders: null } } });
    expect(asked).toHaveLength(1);
  });

  test('an interface asks for what its types ask for', async () => {
    expect(await query('{ things { label } }')).toMatchObject({
      data: { things: [{ label: null }, { label: null }] },
    });
    expect(await query('{ things { ... on Cat { label } ... on Robot { label } } }')).toMatchObject({
      data: { things: [{ label: 'cat' }, { label: null }] },
      refused: [['things.label', 'UNAUTHENTICATED', undefined]],
    });
  });

  test('an object of a hidden type is null, its `__typename`, too', async () => {
    expect(await query('{ hits { __typename ... on Spy { name } } }')).toMatchObject({
      data: { hits: [{ __typename: 'Cat' }, null] },
      refused: [['hits', 'UNAUTHENTICATED', undefined]],
    });
    expect(asked.join()).not.toContain('Spy');
  });

  test('variables that nothing uses any more go, and conditions still hold', async () => {
    const text = `query ($short: Boolean, $no: Boolean = false) {
      me { ...Mail name @include(if: $no) } ...Rest
    }
    fragment Mail on Person { email(short: $short) } fragment Rest on Query { secret @include(if: $no) }`;
    expect(await query(text, ANONYMOUS, { short: true })).toEqual({
      data: { me: { email: null } },
      refused: [['me.email', 'UNAUTHENTICATED', undefined]],
    });
    expect(asked.join()).not.toContain('$short');
  });

  test('keys that objects inherit, or that we would use, are only keys', async () => {
    const text = '{ __proto__: secret constructor: me { toString: name auth__typename: email } }';
    const { data } = await query(text);
    expect(JSON.stringify(data)).toBe(
      '{"__proto__":null,"constructor":{"toString":"Ada","auth__typename":null}}',
    );
  });

  test('introspection is untouched', async () => {
    const text =
      '{ secret __schema { queryType { ...T } } __type(name: "Person") { name } } fragment T on __Type { name }';
    expect(await query(text)).toMatchObject({
      data: { secret: null, __schema: { queryType: { name: 'Query' } }, __type: { name: 'Person' } },
    });
  });

  test('the plan for one viewer is not the plan for the next', async () => {
    const text = '{ secret me { email } }';
    const expected = [null, 'leaked', null];
    for (const [n, auth] of [ANONYMOUS, person('a', 'b'), person('a')].entries()) {
      expect((await query(text, auth)).data).toEqual({ secret: expected[n], me: { email: null } });
    }
    expect((await query(text, person('a', 'b', 'mail'))).refused).toBeUndefined();
  });
});

test('of a mutation, what is forbidden does not happen, and what is not does', async () => {
  expect(await query('mutation { drop }')).toMatchObject({ data: { drop: null } });
  expect(renamed).toBe(0);
  expect(await query('mutation { drop rename { pin } }')).toMatchObject({
    data: { drop: null, rename: null },
  });
  expect(renamed).toBe(1);
});

describe('of a subscription', () => {
  const start = async (text: string, identity: AuthContext) => {
    const operation = await operations.run({ query: text }, identity, 'r');
    if (!(operation instanceof LiveOperation)) return { refused: refusals(operation.errors) };
    const events: unknown[] = [];
    const watcher = new ScriptedWatcher();
    watcher.next = ({ json }) => void events.push(JSON.parse(json ?? 'null'));
    operation.start(watcher);
    await everythingSettled();
    return { events, watcher };
  };
  const send = async (tick: object) => {
    upstream.last.sink.next({ data: { ticks: { live__cursor: '1', live__sign0: 'x', ...tick } } });
    await everythingSettled();
  };

  test('a root field that is forbidden is refused before anything is opened', async () => {
    const before = upstream.asked.length;
    expect(await start('subscription { secrets { item } }', ANONYMOUS)).toEqual({
      refused: [['secrets', 'UNAUTHENTICATED', undefined]],
    });
    expect(upstream.asked.length).toBe(before);
  });

  test('what is nested and forbidden is null in each event, with the reason', async () => {
    const { events } = await start('subscription { ticks { item hint person { name email } } }', person('x'));
    expect(upstream.last.request.query).not.toContain('email');
    await send({ item: 'i', hint: 'leaked', person: { id: '1', name: 'Ada', email: 'leaked' } });
    expect(events).toEqual([
      {
        data: { ticks: { item: 'i', hint: null, person: { name: 'Ada', email: null } } },
        errors: [
          expect.objectContaining({ path: ['ticks', 'hint'] }),
          expect.objectContaining({ path: ['ticks', 'person', 'email'] }),
        ],
      },
    ]);
  });

  test('a requirement that comes with a new schema alters a room, or ends it', async () => {
    const nested = await start('subscription { ticks { item } }', ANONYMOUS);
    await send({ item: 'open' });
    const root = await start('subscription { again: ticks { cursor } }', ANONYMOUS);
    const reload = async (from: string, to: string) => {
      const typeDefs = people.replace(from, to);
      expect(typeDefs).not.toBe(people);
      await gateway.reload(supergraphSdlOf({ ...subgraphs, people: { typeDefs } }));
      await operations.rooms.renew(gateway.generation);
      await everythingSettled();
    };
    await reload('item: String', 'item: String @authenticated');
    await send({ item: 'hidden' });
    expect(nested.events).toMatchObject([
      { data: { ticks: { item: 'open' } } },
      { data: { ticks: { item: null } }, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
    ]);
    expect(root.watcher?.seen).toEqual([]);
    await reload('bookmarks: Boolean = false): Tick!', 'bookmarks: Boolean = false): Tick! @authenticated');
    for (const { watcher } of [nested, root]) {
      expect(watcher?.seen).toEqual(['refused SUBSCRIPTION_SCHEMA_RELOAD']);
    }
  });
});
