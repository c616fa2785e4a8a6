import { composeServices } from '@apollo/composition';
import { Supergraph } from '@apollo/federation-internals';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'graphql';
import { exposeComposedDirectives } from './composed-directives.js';
import { withoutEnforcedPurposes } from '../schema/enforced-specs.js';

const FEDERATION = `extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9"
  import: ["@composeDirective", "@authenticated", "@tag", "@cost"]
)`;

/** The directives that clients see of a subgraph that composes some, with their locations. */
function exposed(names: readonly string[], definitions: string): Record<string, readonly string[]> {
  const composed = names.map((name) => `@composeDirective(name: "${name}")`).join(' ');
  const imports = names.map((name) => `"${name}"`).join(' ');
  const typeDefs = `${FEDERATION} extend schema
    @link(url: "https://example.com/custom/v1.0" import: [${imports}]) ${composed} ${definitions}`;
  const services = [{ name: 'one', url: 'http://one.test', typeDefs: parse(typeDefs) }];
  const { supergraphSdl, errors } = composeServices(services);
  if (!supergraphSdl) throw new Error(String(errors));
  const supergraph = Supergraph.build(withoutEnforcedPurposes(supergraphSdl));
  const hasChanged = exposeComposedDirectives(supergraph);
  const directives = supergraph.apiSchema().directives();
  expect(hasChanged).toBe(directives.length > 0);
  return Object.fromEntries(directives.map(({ name, locations }) => [name, locations]));
}

describe('the directives that clients see', () => {
  test('include composed ones, at the locations that plans keep', () => {
    const definitions = `type Query { field: Int }
      directive @one(size: Int! = 1) on FIELD | FRAGMENT_SPREAD
      directive @two on QUERY | SUBSCRIPTION | VARIABLE_DEFINITION
      directive @three on MUTATION | FIELD`;
    expect(exposed(['@one', '@two', '@three'], definitions)).toEqual({
      one: ['FIELD'],
      two: ['QUERY', 'SUBSCRIPTION'],
      three: ['FIELD'],
    });
  });

  test('do not include those that reach no subgraph', () => {
    const definitions = `type Query { field: Int }
      directive @one on INLINE_FRAGMENT | FRAGMENT_DEFINITION
      directive @two on MUTATION`;
    expect(exposed(['@one', '@two'], definitions)).toEqual({});
  });

  test('do not include those of schemas, or of the planner', () => {
    const definitions = `type Query { field: Int @both @authenticated @tag(name: "a") @cost(weight: 1) }
      directive @both on FIELD | FIELD_DEFINITION
      directive @stream on FIELD`;
    expect(exposed(['@both', '@stream'], definitions)).toEqual({});
  });

  test('do not include those with hidden types', () => {
    const definitions = `type Query { field: Int } enum custom__Size { BIG }
      directive @sized(size: custom__Size) on FIELD`;
    expect(exposed(['@sized'], definitions)).toEqual({});
  });
});
