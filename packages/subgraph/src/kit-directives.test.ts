import { expect, test } from '@jest/globals';
import { printSubgraphSchema } from '@apollo/subgraph';
import { LIVE_DIRECTIVE } from '@kit/auth';
import { buildASTSchema, GraphQLSchema, parse, printSchema } from 'graphql';
import { linksOf, withoutUnusedDirectives } from './kit-directives.js';

const live = printSchema(new GraphQLSchema({ directives: [LIVE_DIRECTIVE] }));
const schemaOf = (fields: string) =>
  withoutUnusedDirectives(
    buildASTSchema(parse(`${live} type Query { a: Int } type Subscription { ${fields} }`)),
  );

test('a directive without uses leaves no trace in the schema', () => {
  const schema = schemaOf('happened: Int');
  expect(printSubgraphSchema(schema)).not.toContain('live');
  expect(linksOf(schema)).toEqual([]);
});

test('a directive that a field has keeps its types, and is linked', () => {
  const schema = schemaOf('happened: Int @live(audience: SCOPES)');
  expect(printSubgraphSchema(schema)).toContain('enum live__Audience');
  expect(linksOf(schema)).toEqual([expect.stringContaining('@composeDirective(name: "@live")')]);
});

test('a field keeps the type of a directive without uses', () => {
  expect(printSubgraphSchema(schemaOf('happened: live__Audience'))).toContain('enum live__Audience');
});
