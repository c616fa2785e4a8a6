import { CREDENTIAL_DIRECTIVE, DEADLINE_DIRECTIVE, KIT_SPEC, LIVE_DIRECTIVE, LIVE_SPEC } from '@kit/auth';
import {
  getNamedType,
  type GraphQLDirective,
  GraphQLSchema,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';

/** The specifications of the kit's directives, by their URLs. */
const SPECIFICATIONS: Readonly<Record<string, readonly GraphQLDirective[]>> = {
  [LIVE_SPEC]: [LIVE_DIRECTIVE],
  [KIT_SPEC]: [CREDENTIAL_DIRECTIVE, DEADLINE_DIRECTIVE],
};

/** The directives that the kit's decorators put on fields. */
export const KIT_DIRECTIVES = Object.values(SPECIFICATIONS).flat();

/** Removes the definitions of those directives of the kit that no field has. */
export function withoutUnusedDirectives(schema: GraphQLSchema): GraphQLSchema {
  const used = directivesOfFields(schema);
  const unused = KIT_DIRECTIVES.filter(({ name }) => !used.has(name));
  const config = schema.toConfig();
  const onlyForUnused = new Set(
    unused.flatMap(({ args }) => args.map(({ type }) => getNamedType(type).name)),
  );
  return new GraphQLSchema({
    ...config,
    directives: config.directives.filter(({ name }) => !unused.some((each) => each.name === name)),
    // The schema still finds the types that fields use.
    types: config.types.filter((type) => isSpecifiedScalarType(type) || !onlyForUnused.has(type.name)),
  });
}

/** Links the directives in a printed schema, so that composition copies them into the supergraph. */
export function linksOf(schema: GraphQLSchema): string[] {
  return Object.entries(SPECIFICATIONS).flatMap(([url, directives]) => {
    const names = directives.filter(({ name }) => schema.getDirective(name)).map(({ name }) => `@${name}`);
    if (names.length === 0) return [];
    const imports = names.map((name) => JSON.stringify(name)).join(', ');
    return [
      [
        'extend schema',
        `@link(url: "${url}", import: [${imports}])`,
        ...names.map((name) => `@composeDirective(name: "${name}")`),
      ].join('\n  '),
    ];
  });
}

function directivesOfFields(schema: GraphQLSchema): ReadonlySet<string> {
  const types = Object.values(schema.getTypeMap()).filter(isObjectType);
  const fields = types.flatMap(({ astNode }) => astNode?.fields ?? []);
  return new Set(fields.flatMap(({ directives = [] }) => directives.map(({ name }) => name.value)));
}
