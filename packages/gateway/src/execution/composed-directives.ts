import {
  baseType,
  copyDirectiveDefinitionToSchema,
  isExecutableDirectiveLocation,
  type DirectiveDefinition,
  type Schema,
  type Supergraph,
} from '@apollo/federation-internals';
import { DirectiveLocation } from 'graphql';

const { FIELD, QUERY, MUTATION, SUBSCRIPTION } = DirectiveLocation;

const APOLLO_SPECS = 'https://specs.apollo.dev/';

/** The planner executes these itself. */
const OF_PLANNER: ReadonlySet<string> = new Set(['defer', 'stream']);

/**
 * Adds the executable directives that subgraphs compose with `@composeDirective` to the schema that clients see. Apollo
 * removes all directives of linked specifications from it.
 * @returns whether the schema has changed
 */
export function exposeComposedDirectives(supergraph: Supergraph): boolean {
  const { schema } = supergraph;
  const api = supergraph.apiSchema();
  const exposed = schema.directives().filter((each) => isComposed(each, schema) && isUsable(each, api));
  for (const definition of exposed) {
    const locations = plannedLocations(definition);
    copyDirectiveDefinitionToSchema({
      definition,
      schema: api,
      copyDirectiveApplicationsInArguments: false,
      locationFilter: (location) => locations.includes(location),
    });
  }
  return exposed.length > 0;
}

function isComposed(definition: DirectiveDefinition, schema: Schema): boolean {
  const identity = schema.coreFeatures?.sourceFeature(definition)?.feature.url.identity;
  return identity !== undefined && !identity.startsWith(APOLLO_SPECS);
}

/**
 * A directive that also has locations in schemas stays hidden, since subgraphs may compose it for these locations only.
 * So does one with types of the linked specification, which clients do not see.
 */
function isUsable(definition: DirectiveDefinition, api: Schema): boolean {
  return (
    !OF_PLANNER.has(definition.name) &&
    definition.locations.every(isExecutableDirectiveLocation) &&
    plannedLocations(definition).length > 0 &&
    definition.arguments().every(({ type }) => api.type(baseType(type!).name))
  );
}

/**
 * The locations whose directives reach the subgraphs. Plans do not keep fragments and definitions of variables. They
 * pass the directives of an operation on to all of its fetches, and fetches of entities are queries.
 */
function plannedLocations({ locations }: DirectiveDefinition): readonly DirectiveLocation[] {
  const planned = locations.includes(QUERY) ? [FIELD, QUERY, MUTATION, SUBSCRIPTION] : [FIELD];
  return planned.filter((location) => locations.includes(location));
}
