import { describe, expect, test } from '@jest/globals';
import { buildSchema, parse } from 'graphql';
import { ResultShape } from './graphql-result.js';
import { InvalidGraphQLResult } from './invalid-graphql-result.js';

const schema = buildSchema(`
  scalar Stamp
  scalar DateTime
  enum Color { RED GREEN }
  interface Named { name: String! }
  type Person implements Named { name: String!, age: Int, at: Stamp, born: DateTime, color: Color!, lines: [[Float!]!] }
  type Place implements Named { name: String!, id: ID!, open: Boolean }
  type Query { me: Person, named: [Named], a: String }
`);

function check(query: string, answer: unknown, types?: readonly string[]): void {
  const shape: ResultShape = new ResultShape(parse(query), schema);
  shape.check(answer, types);
}

const ME = '{ me { name age at color lines } }';
const me = { name: 'Ada', age: 36, at: 1, color: 'RED', lines: [[1.5], []] };
const ENTITIES = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Person { name } } }';
const people = ['Person', 'Person'];

test.each<[string, unknown, (readonly string[])?]>([
  [ME, { data: { me } }],
  [ME, { data: { me: null } }],
  [ME, { data: { me: { ...me, age: null, at: 'now', lines: null, color: 'BLUE' } } }],
  [ME, { errors: [{ message: 'no' }] }],
  [ME, { data: null, errors: [{ message: 'no', path: ['me', 0], extensions: { code: 'X' } }] }],
  ['{ me @skip(if: true) { name } }', { data: {} }],
  ['query ($x: Boolean!) { me { name ... @include(if: $x) { age } } }', { data: { me: { name: 'A' } } }],
  ['{ named { ... on Person { age } } }', { data: { named: [{}, null] } }],
  [
    '{ named { __typename name ... on Place { id } } }',
    { data: { named: [{ __typename: 'Unheard', name: 'x' }] } },
  ],
  ['{ me { __typename: name color: __typename } }', { data: { me: { __typename: 'Ada', color: 'Person' } } }],
  ['{ named { kind: __typename ... on Place { id } } }', { data: { named: [{ kind: 'Place', id: '1' }] } }],
  ['{ me { hidden { more } others } }', { data: { me: { hidden: [[{ more: 1 }]], others: ['a'] } } }],
  [ME, { data: { me: { ...me, at: { a: [1] } } } }],
  [ME, { data: { me: { ...me, at: [{ a: 1 }, [2]] } } }],
  ['{ me { born } }', { data: { me: { born: 1.5 } } }],
  ['{ me { ...F } } fragment F on Person { name }', { data: { me: { name: 'Ada' } } }],
  [ENTITIES, { data: { _entities: [{ name: 'Ada' }, null] } }, people],
])('accepts for %s the response %j', (query, answer, types = []) => {
  expect(() => check(query, answer, types)).not.toThrow();
});

test.each<[string, unknown, (readonly string[])?]>([
  [ME, null],
  [ME, [{ data: { me } }]],
  [ME, { data: null }],
  [ME, { data: { me }, errors: [] }],
  [ME, { data: { me }, errors: null }],
  [ME, { errors: [{ message: 'no', path: [{}] }] }],
  [ME, { errors: [{ message: 'no', extensions: 5 }] }],
  [ME, { data: {} }],
  [ME, { data: { me: [me] } }],
  [ME, { data: { me: { ...me, name: null } } }],
  [ME, { data: { me: { ...me, age: 1.5 } } }],
  [ME, { data: { me: { ...me, age: 2 ** 31 } } }],
  ['{ me { born } }', { data: { me: { born: ['now'] } } }],
  ['{ me { born } }', { data: { me: { born: { at: 1 } } } }],
  [ME, { data: { me: { ...me, color: 5 } } }],
  ['{ me { __typename: name kind: __typename } }', { data: { me: { __typename: 'Person', kind: 'Place' } } }],
  ['{ named { kind: __typename ... on Place { id } } }', { data: { named: [{ kind: 'Place' }] } }],
  [ME, { data: { me: { ...me, lines: [1] } } }],
  [ME, { data: { me: { ...me, lines: [[[1]]] } } }],
  [ME, { data: { me: { ...me, lines: [null] } } }],
  ['{ toString: a }', { data: {} }],
  ['{ me { __typename } }', { data: { me: { __typename: 'Place' } } }],
  ['{ named { __typename } }', { data: { named: [{ __typename: 5 }] } }],
  ['{ named { __typename } }', { data: { named: [{ __typename: 'Query' }] } }],
  ['{ named { __typename ... on Place { id } } }', { data: { named: [{ __typename: 'Place' }] } }],
  ['{ me { hidden { more } } }', { data: { me: { hidden: [[[[[[{ more: 1 }]]]]]] } } }],
  [ENTITIES, { data: { _entities: 5 } }, people],
  [ENTITIES, { data: { _entities: null } }, people],
  [ENTITIES, { data: { _entities: [null] } }, people],
  [ENTITIES, { data: { _entities: [5, null] } }, people],
  [ENTITIES, { data: { _entities: [{}, null] } }, people],
])('rejects for %s the response %j', (query, answer, types = []) => {
  expect(() => check(query, answer, types)).toThrow(InvalidGraphQLResult);
});

test('fields of an interface may be missing if it has other types in other subgraphs', () => {
  const document = parse(ENTITIES.replace('name', '... on Named { __typename name }'));
  const answer = () => ({ data: { _entities: [{}] } });
  expect(() => new ResultShape(document, schema).check(answer(), ['Person'])).toThrow(
    '__typename is missing',
  );
  const shape: ResultShape = new ResultShape(document, schema, new Set(['Named']));
  expect(() => shape.check(answer(), ['Person'])).not.toThrow();
});

describe('a field that was not selected', () => {
  test('is removed, even with the name of an inherited property', () => {
    const answer: unknown = JSON.parse(
      '{"data":{"me":{"name":"Ada","age":5,"__proto__":{"a":1}},"constructor":{}}}',
    );
    check('{ me { name } }', answer);
    expect(JSON.stringify(answer)).toBe('{"data":{"me":{"name":"Ada"}}}');
  });

  test('is not confused with an alias of the same name', () => {
    const answer: unknown = JSON.parse('{"data":{"__proto__":"a","constructor":"b"}}');
    check('{ __proto__: a constructor: a }', answer);
    expect(JSON.stringify(answer)).toBe('{"data":{"__proto__":"a","constructor":"b"}}');
  });
});

test('does not quote the invalid value in the error', () => {
  const answer = { data: { me: { ...me, color: { secret: 'someone@example.com' } } } };
  expect(() => check(ME, answer)).toThrow(
    /^the response is not a valid GraphQL result: color has the wrong type$/,
  );
});
