import { composeServices } from '@apollo/composition';
import { buildSubgraph, Supergraph } from '@apollo/federation-internals';
import type { FetchNode } from '@apollo/query-planner';
import { describe, expect, test } from '@jest/globals';
import {
  buildSchema,
  parse,
  validate,
  type FieldNode,
  type GraphQLObjectType,
  type OperationDefinitionNode,
} from 'graphql';
import { afterVariable, planUpstream } from './upstream-plan.js';

const SDL = `
  directive @trace(id: String) on FIELD | SUBSCRIPTION
  type Query { a: Int }
  type Subscription {
    orderAdded(after: String, bookmarks: Boolean = false, filter: OrderFilter): OrderAddedEvent!
    tick(after: Int): Tick!
    cursorless(after: String, bookmarks: Boolean): Tick!
    count(after: String, bookmarks: Boolean): Int
    signless(after: String, bookmarks: Boolean): Signless!
    many(after: String, bookmarks: Boolean): Many
  }
  input OrderFilter { status: [Status!], text: String }
  enum Status { ACTIVE ERASED }
  scalar DateTime
  type OrderAddedEvent { cursor: String!, occurredAt: DateTime!, order: Order }
  type Order { id: ID!, email: String }
  type Tick { cursor: String, at: Int }
  type Signless { cursor: String!, at: Int! }
  type Many { cursor: String!, number: Int, thing(id: ID!): Int, status: Status, one: Order, two(first: Int): [Order!] }
`;
const schema = buildSchema(SDL);
const subgraph = buildSubgraph('s', 'http://s', SDL);

function fieldOf(query: string): FieldNode {
  return (parse(query).definitions[0] as OperationDefinitionNode).selectionSet.selections[0] as FieldNode;
}

function plan(operation: string, variableUsages: string[] = []) {
  const primary = { kind: 'Fetch', serviceName: 's', operation, operationName: 'A', variableUsages };
  const planned = planUpstream(
    primary as unknown as FetchNode,
    { api: schema, inconsistentTypes: new Set() },
    subgraph,
  );
  expect(validate(schema, parse(planned.query)).map(({ message }) => message)).toEqual([]);
  return planned;
}

/** A query with its whitespace normalised. */
const flat = (query: string) => query.replaceAll(/\s+/g, ' ').trim();

const ADDED = 'live__cursor: cursor live__sign0: order { __typename }';

describe('a resumable field', () => {
  test('keeps directives of subgraphs, with their variables', () => {
    const { query, variables } = plan(
      'subscription A($x: String, $y: String) @trace(id: $x) { orderAdded @trace(id: $y) { cursor } }',
      ['x', 'y'],
    );
    expect(variables).toEqual(['x', 'y']);
    expect(flat(query)).toContain('@trace(id: $x) { orderAdded(');
    expect(flat(query)).toContain('@trace(id: $y) {');
  });

  test('selects the cursor and requests bookmarks and a start cursor', () => {
    const { query, variables, operationName, field, definition } = plan(
      'subscription A { orderAdded { order { id } } }',
    );
    expect(flat(query)).toBe(
      `subscription A($live__after: String) { orderAdded(after: $live__after, bookmarks: true) { order { id } ${ADDED} } }`,
    );
    expect([variables, operationName, field.name.value, definition.name]).toEqual([
      [],
      'A',
      'orderAdded',
      'orderAdded',
    ]);
  });

  test.each([
    ['aliases', 'subscription A { orderAdded { live__cursor: occurredAt live__sign0: cursor } }'],
    [
      'variables',
      'subscription A($live__after: Status!) { orderAdded(filter: { status: [$live__after] }) { cursor } }',
    ],
  ])('adds names that differ from the client’s %s', (_, operation) => {
    const { query, resumption } = plan(operation, ['live__after']);
    expect(resumption!.variable).toBe('live___after');
    expect(flat(query)).toContain('live___cursor: cursor live___sign0: order { __typename }');
    const data = { orderAdded: { live__cursor: 'theirs', live___cursor: 'ours', live___sign0: null } };
    expect(resumption!.cursorOf(data)).toBe('ours');
    expect(resumption!.isBookmark(data)).toBe(true);
    const ofClient = { message: 'no', path: ['orderAdded', 'live__cursor'] };
    const ofGateway = { message: 'no', path: ['orderAdded', 'live___sign0'] };
    const event = { data, errors: [ofClient, ofGateway] as never };
    expect(resumption!.withoutAddedErrors(event)).toEqual({ data, errors: [ofClient] });
  });

  test.each([
    ['literals', 'subscription A { orderAdded(after: "c1", bookmarks: false) { cursor } }'],
    ['null', 'subscription A { orderAdded(bookmarks: null, after: null) { cursor } }'],
    [
      'variables',
      'subscription A($from: String, $b: Boolean! = true) { orderAdded(bookmarks: $b, after: $from) { cursor } }',
    ],
  ])('replaces the client’s `after` and `bookmarks` given as %s', (_, operation) => {
    const { query, variables } = plan(operation, ['from', 'b']);
    expect(flat(query)).toBe(
      `subscription A($live__after: String) { orderAdded(after: $live__after, bookmarks: true) { cursor ${ADDED} } }`,
    );
    expect(variables).toEqual([]);
  });

  test('keeps its other arguments and their variables', () => {
    const { query, variables } = plan(
      `subscription A($from: String, $filter: OrderFilter, $is: Boolean! = true) {
         orderAdded(filter: $filter, after: $from) { cursor @include(if: $is) }
       }`,
      ['from', 'filter', 'is'],
    );
    expect(flat(query)).toBe(
      `subscription A($filter: OrderFilter, $is: Boolean! = true, $live__after: String) { orderAdded(filter: $filter, after: $live__after, bookmarks: true) { cursor @include(if: $is) ${ADDED} } }`,
    );
    expect(variables).toEqual(['filter', 'is']);
  });

  test('keeps a start variable that is also used elsewhere', () => {
    const { variables } = plan(
      'subscription A($x: String) { orderAdded(after: $x, filter: { text: $x }) { cursor } }',
      ['x'],
    );
    expect(variables).toEqual(['x']);
  });

  test('keeps fragments and the variables in them', () => {
    const { query, variables } = plan(
      `subscription A($from: String, $is: Boolean!) { orderAdded(after: $from) { ...E } }
       fragment E on OrderAddedEvent { order @skip(if: $is) { id } }`,
      ['from', 'is'],
    );
    expect(query).toContain('fragment E on OrderAddedEvent');
    expect(variables).toEqual(['is']);
  });

  test('supports aliases of the field and its cursor', () => {
    const { query, resumption } = plan(
      'subscription A { mine: orderAdded { cursor: occurredAt c: cursor order { id } } }',
    );
    expect(flat(query)).toContain('mine: orderAdded(after: $live__after, bookmarks: true)');
    const data = { mine: { cursor: '2026', c: 'c1', live__cursor: 'c1', live__sign0: null } };
    expect(resumption?.cursorOf(data)).toBe('c1');
    expect(resumption?.isBookmark(data)).toBe(true);
  });
});

describe('an event of a resumable field', () => {
  const { resumption } = plan('subscription A { orderAdded { order { id } } }');

  test('is not a bookmark when it has more than a cursor', () => {
    const data = { orderAdded: { live__cursor: 'c1', live__sign0: { __typename: 'Order' } } };
    expect([resumption!.cursorOf(data), resumption!.isBookmark(data)]).toEqual(['c1', false]);
  });

  test('is a bookmark when it has only a cursor', () => {
    const data = { orderAdded: { live__cursor: 'c1', live__sign0: null } };
    expect([resumption!.cursorOf(data), resumption!.isBookmark(data)]).toEqual(['c1', true]);
  });

  test.each([undefined, null, {}, { orderAdded: null }])(
    'has no cursor and is not a bookmark: %j',
    (data) => {
      expect([resumption!.cursorOf(data), resumption!.isBookmark(data)]).toEqual([null, false]);
    },
  );
});

test('treats an event as a bookmark only if all of its nullable fields are null', () => {
  const { query, resumption } = plan('subscription A { many { cursor } }');
  expect(flat(query)).toContain(
    'live__cursor: cursor live__sign0: number live__sign1: status live__sign2: one { __typename } live__sign3: two { __typename }',
  );
  const empty = {
    live__cursor: 'c',
    live__sign0: null,
    live__sign1: null,
    live__sign2: null,
    live__sign3: null,
  };
  expect(resumption!.isBookmark({ many: empty })).toBe(true);
  expect(resumption!.isBookmark({ many: { ...empty, live__sign3: [] } })).toBe(false);
  expect(resumption!.isBookmark({ many: { ...empty, live__sign0: 0 } })).toBe(false);
});

test('removes errors of the fields that only the gateway selected', () => {
  const { resumption } = plan('subscription A { orderAdded { order { id } } }');
  const failed = (...path: string[]) => ({ message: path.join('.'), path }) as never;
  const ofClient = failed('orderAdded', 'order');
  const ofGateway = failed('orderAdded', 'live__sign0', '__typename');
  const data = { orderAdded: null };
  expect(resumption!.withoutAddedErrors({ data, errors: [ofGateway, ofClient] })).toEqual({
    data,
    errors: [ofClient],
  });
  expect(resumption!.withoutAddedErrors({ data, errors: [ofGateway] })).toEqual({ data });
  expect(resumption!.withoutAddedErrors({ data })).toEqual({ data });
});

test('does not select fields that another subgraph adds to the event', () => {
  const LINK =
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@external", "@shareable", "@requires"])';
  const ticks = `${LINK}
    type Query { a: Int }
    type Subscription {
      tick(after: String, bookmarks: Boolean = false): Tick!
      far(after: String, bookmarks: Boolean = false): Far!
    }
    type Tick @key(fields: "id") {
      id: ID! cursor: String! number: Int @shareable
      theirs: Int @external ours: Int @requires(fields: "theirs")
    }
    type Far @key(fields: "id") { id: ID! number: Int }`;
  const more = `${LINK}
    type Tick @key(fields: "id") { id: ID! number: Int @shareable theirs: Int note: String }
    type Far @key(fields: "id") { id: ID! cursor: String! }`;
  const composed = composeServices(
    [
      { name: 'ticks', typeDefs: parse(ticks) },
      { name: 'more', typeDefs: parse(more) },
    ].map((each) => ({ ...each, url: `http://${each.name}` })),
  );
  expect(composed.errors).toBeUndefined();
  const supergraph = Supergraph.build(composed.supergraphSdl!);
  const api = supergraph.apiSchema().toGraphQLJSSchema();
  const planned = (operation: string) =>
    planUpstream(
      { operation } as FetchNode,
      { api, inconsistentTypes: new Set() },
      supergraph.subgraphs().get('ticks')!,
    );
  expect(Object.keys((api.getType('Tick') as GraphQLObjectType).getFields())).toContain('note');
  const { query } = planned('subscription { tick { id } }');
  expect(flat(query)).toContain('{ id live__cursor: cursor live__sign0: number live__sign1: ours }');
  expect(planned('subscription { far { id } }').resumption).toBeNull();
});

test.each([
  ['takes an `after` of another type', 'subscription A($n: Int) { tick(after: $n) { at } }', ['n']],
  ['has a nullable cursor', 'subscription A { cursorless(after: "c", bookmarks: true) { at } }', []],
  ['has no nullable fields and so no bookmarks', 'subscription A { signless(after: "c") { at } }', []],
  ['returns a scalar', 'subscription A { count(after: "c", bookmarks: true) }', []],
])('does not rewrite a field that %s', (_, operation, usages) => {
  const { query, variables, resumption } = plan(operation, usages);
  expect([query, variables, resumption]).toEqual([operation, usages, null]);
});

test.each([
  ['finds a variable used only for `after`', '($x: String) { orderAdded(after: $x) { cursor } }', 'x'],
  [
    'ignores a variable that is also in a filter',
    '($x: String) { orderAdded(after: $x, filter: { text: $x }) { cursor } }',
    null,
  ],
  ['ignores a literal', '{ orderAdded(after: "c") { cursor } }', null],
  ['ignores a field without arguments', '{ orderAdded { cursor } }', null],
  [
    'ignores a variable of another argument',
    '($x: String) { orderAdded(filter: { text: $x }) { cursor } }',
    null,
  ],
  [
    'ignores a variable that is also in a fragment',
    '($x: String) { orderAdded(after: $x) { ...E } } fragment E on OrderAddedEvent { cursor @foo(x: $x) }',
    null,
  ],
  [
    'finds a variable next to a filter variable',
    '($x: String, $f: OrderFilter) { orderAdded(filter: $f, after: $x) { cursor } }',
    'x',
  ],
])('%s', (_, rest, expected) => {
  const query = `subscription A ${rest}`;
  expect(afterVariable(fieldOf(query), parse(query))).toBe(expected);
});
