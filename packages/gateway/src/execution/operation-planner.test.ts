import { composeServices } from '@apollo/composition';
import { Supergraph } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import { expect, test } from '@jest/globals';
import { parse, validate } from 'graphql';
import { OperationPlanner, PLANNER_CONFIG } from './operation-planner.js';

const typeDefs = parse('type Query { half(of: Float): Float }');
const { supergraphSdl } = composeServices([{ name: 'numbers', url: 'http://numbers', typeDefs }]);
const loaded = new QueryPlanner(Supergraph.build(supergraphSdl!), PLANNER_CONFIG);
const schema = loaded.supergraph.apiSchema().toGraphQLJSSchema();

test('a number that is too large for a value is an error of the client', () => {
  const planner = new OperationPlanner(supergraphSdl!, loaded, schema);
  const document = parse('{ half(of: 1e400) }');
  expect(validate(schema, document)).toEqual([]);
  expect(() => planner.plan(document, undefined)).toThrow(
    expect.objectContaining({
      message: expect.stringContaining('Infinity'),
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 } },
    }),
  );
  expect(planner.plan(parse('{ half(of: 1e300) }'), undefined).node?.kind).toBe('Fetch');
});
