import { describe, expect, test } from '@jest/globals';
import { parse } from 'graphql';
import { LocalSupergraph } from '../testing/local-supergraph.js';

/** The first subgraph has an interface without object types, so it cannot resolve `Query.sign` and `House.sign`. */
const town = () =>
  new LocalSupergraph({
    houses: {
      typeDefs: `
        type Query { sign: Sign house: House }
        type House @key(fields: "id") { id: ID! sign: Sign street: Street }
        interface Sign @key(fields: "id") { id: ID! }
        interface Street { name: String }
        type Lane implements Street { name: String width: Int }`,
      resolvers: {},
    },
    signs: {
      typeDefs: `
        type Query { signs: [Sign!] houses: [House!] }
        type House @key(fields: "id") { id: ID! color: String }
        type Sign @key(fields: "id", resolvable: false) @interfaceObject { id: ID! text: String }`,
      resolvers: {},
    },
  });

const find = (query: string) => {
  const supergraph = town();
  const document = supergraph.schema.internalDocument(parse(query));
  return supergraph.corrections.unplannedField(supergraph.plan(query), document, undefined);
};

describe('a plan', () => {
  test.each([
    ['{ sign { text } }', 'Query.sign'],
    ['{ signs { text } s: sign { text } }', 'Query.sign'],
    ['{ house { id ...F } } fragment F on House { sign { text } }', 'House.sign'],
    ['query ($no: Boolean!) { house { id sign @include(if: $no) { text } } }', 'House.sign'],
  ])('for %s lacks %s', (query, field) => {
    expect(find(query)).toBe(field);
  });

  test.each([
    '{ sign { id } signs { text } }',
    '{ house { id color x: sign { id } } signs { id } __typename }',
    '{ house { __typename street { name ... on Lane { width } } } }',
    '{ house { id sign @skip(if: true) { text } } houses { color street { __typename } } }',
    'query ($no: Boolean!) { house @include(if: $no) { color } signs { text @skip(if: $no) } }',
    '{ house { ... on House { ... { id: color } } } }',
    'query ($no: Boolean!) { house { id street @skip(if: $no) { ... @include(if: $no) { name } } } }',
  ])('for %s is complete', (query) => {
    expect(find(query)).toBeUndefined();
  });
});
