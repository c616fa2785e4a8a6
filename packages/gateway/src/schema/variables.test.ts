import { describe, expect, test } from '@jest/globals';
import { buildSchema, getVariableValues, parse, type OperationDefinitionNode } from 'graphql';
import type { ExecutorRequest } from '../request/executor-request.js';
import { coerceVariables } from '../operation/variables.js';

const SCHEMA = buildSchema(`
  type Query { find(filter: Filter, first: Int, color: Color, at: When, must: Color! = RED): Int }
  input Filter { ids: [ID!], text: String = "any", range: Range, one: One }
  input Range { from: Int!, to: Int }
  input One @oneOf { a: Int, b: String }
  enum Color { RED GREEN }
  scalar When
`);

const VARIABLES =
  '$filter: Filter, $first: Int = 7, $color: Color! = RED, $at: When, $must: Int!, $list: [[Int!]!] = [[1]]';

function requestOf(definitions: string, variables?: Record<string, unknown>): ExecutorRequest {
  const document = parse(`query ${definitions && `(${definitions})`} { find }`);
  return {
    document,
    operation: document.definitions[0] as OperationDefinitionNode,
    request: variables ? { variables } : {},
  } as unknown as ExecutorRequest;
}

/** The result of graphql-js. Errors are messages without the quoted values. */
function reference({ operation, request }: ExecutorRequest) {
  const { coerced, errors } = getVariableValues(
    SCHEMA,
    operation.variableDefinitions!,
    request.variables ?? {},
  );
  return {
    variables: coerced,
    errors: errors?.map(({ message }) => message.replace(QUOTED, 'got invalid value$1')),
  };
}

const QUOTED = /got invalid value .*?((?: at "[^"]*")?;)/;

describe('variables', () => {
  test.each<Record<string, unknown>>([
    { must: 1 },
    { must: 1, first: null, color: 'GREEN', at: { any: ['thing'] }, list: [[1, 2], [3]] },
    { must: 1, filter: { ids: 'one', text: null, range: { from: 1 } }, list: 5 },
    { must: 1, filter: { one: { a: 1 } } },
    JSON.parse('{"must":1,"__proto__":{"first":2},"constructor":1,"toString":{}}'),
    {},
    { must: null, color: null },
    { must: 'x', first: 1.5, color: 'BLUE' },
    { must: 1, filter: { ids: [1, null, {}], range: {}, nope: 1 } },
    { must: 1, filter: { one: { a: 1, b: 'x' } } },
    { must: 1, filter: [], list: [[null]] },
  ])('are coerced as by graphql-js: %j', (given) => {
    const request = requestOf(VARIABLES, given);
    const { variables, errors } = coerceVariables(SCHEMA, request);
    const expected = reference(request);
    expect(variables && { ...variables }).toEqual(expected.variables);
    expect(errors?.map(({ message }) => message)).toEqual(expected.errors);
    for (const { extensions } of errors ?? []) expect(extensions['code']).toBe('BAD_USER_INPUT');
  });

  test('are empty when none are declared or given', () => {
    expect({ ...coerceVariables(SCHEMA, requestOf('', { first: 'x' })).variables }).toEqual({});
    expect({ ...coerceVariables(SCHEMA, requestOf('$first: Int')).variables }).toEqual({});
  });

  test.each([
    'query ($v: Int = 1) { find(first: $v) }',
    'query ($v: [ID!]) { find(filter: { ids: $v }) }',
    'query ($v: Int) { find(filter: { one: { a: 1 } }, first: $v) }',
  ])('may be null where null is allowed: %s', (text) => {
    const document = parse(text);
    const operation = document.definitions[0] as OperationDefinitionNode;
    const request = { variables: { v: null } };
    expect({ ...coerceVariables(SCHEMA, { document, operation, request }).variables }).toEqual({ v: null });
  });

  test.each([
    'query ($v: Color = RED, $w: Int) { find(first: $w) other: find(must: $v) }',
    'query ($v: ID = "x") { find(filter: { ids: [$v] }) }',
    'query ($v: Int = 1) { find(filter: { range: { from: $v } }) }',
    'query ($v: Boolean = true) { ...F } fragment F on Query { find @skip(if: $v) }',
  ])('must not be null where only their default made them valid: %s', (text) => {
    const document = parse(`${text} query Other($v: Int) { find(first: $v) }`.replace('query (', 'query A('));
    const operation = document.definitions[0] as OperationDefinitionNode;
    const request = { variables: { v: null, w: null } };
    const { errors } = coerceVariables(SCHEMA, { document, operation, request });
    expect(errors).toMatchObject([
      {
        message: expect.stringMatching(
          /^Variable "\$v" is used where "\w+!" is expected and must not be null\.$/,
        ),
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ]);
  });

  test('cause at most ten errors, which do not quote the values', () => {
    const wrong = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`nope${n}`, n]));
    const { errors } = coerceVariables(SCHEMA, requestOf(VARIABLES, { filter: wrong, must: 'x' }));
    expect(errors).toHaveLength(10);
    expect(JSON.stringify(errors).length).toBeLessThan(5_000);
  });
});
