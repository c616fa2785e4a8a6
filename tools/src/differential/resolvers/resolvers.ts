import {
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  parse,
  type GraphQLFieldResolver,
  type GraphQLSchema,
} from 'graphql';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { hash } from '../random.js';
import type { SubgraphSource } from '../subgraph-source.js';
import { canonical, representationReader } from './canonical.js';
import type { Data, Reference } from './data.js';
import { ResolverFailure } from './faults.js';
import { objectOf } from './leaf.js';

type Resolver = GraphQLFieldResolver<Reference | undefined, unknown, Record<string, unknown>>;

/** The mutations that were executed, in order. */
export type MutationLog = string[];

/** The API schema as one server, with the values of the subgraphs. */
export function monolith(api: GraphQLSchema, data: Data, log: MutationLog): GraphQLSchema {
  for (const type of Object.values(api.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    for (const field of Object.values(type.getFields()))
      field.resolve = logged(type.name, log, (source, args, _, { fieldName }) =>
        raised(data.value(type.name, source?.n ?? 0, fieldName, args)),
      ) as GraphQLFieldResolver<unknown, unknown>;
  }
  return api;
}

/** One subgraph, as `@apollo/subgraph` serves it. */
export function subgraphSchema({ name, sdl }: SubgraphSource, data: Data, log: MutationLog): GraphQLSchema {
  const schema = buildSubgraphSchema(parse(sdl));
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type) || !(isObjectType(type) || isInterfaceType(type))) continue;
    if (data.facts.keys(name, type.name).length > 0)
      type.extensions = {
        apollo: { subgraph: { resolveReference: resolveReference(name, type.name, data) } },
      };
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      if (data.facts.definitions(type.name, field.name).length === 0) continue;
      field.resolve = logged(
        type.name,
        log,
        subgraphResolver(name, type.name, field.name, data),
      ) as GraphQLFieldResolver<unknown, unknown>;
    }
  }
  return schema;
}

function subgraphResolver(subgraph: string, type: string, field: string, data: Data): Resolver {
  const { facts } = data;
  const homes = facts.homes(type, field);
  const isHome = homes.some((home) => home.subgraph === subgraph);
  const isExternal = facts
    .definitions(type, field)
    .some((each) => each.subgraph === subgraph && isMarkedExternal(each));
  const selection = isHome ? facts.requires(type, field) : undefined;
  return (source, args) => {
    if (!isHome && !isExternal)
      throw new Error(`${type}.${field} was asked from ${subgraph}, which is overridden`);
    const { n, representation } = source ?? { n: 0 };
    const required =
      selection && representation ? canonical(representation, selection, representationReader) : undefined;
    return raised(data.value(type, n, field, args, required));
  };
}

function isMarkedExternal({ node }: ReturnType<Data['facts']['definitions']>[number]): boolean {
  return node.directives?.some(({ name }) => name.value === 'external') ?? false;
}

/** Finds an entity by each of its keys, and rejects representations whose values do not belong together. */
function resolveReference(subgraph: string, type: string, data: Data) {
  return (representation: Readonly<Record<string, unknown>>): Reference | null => {
    for (const key of data.facts.keys(subgraph, type)) {
      const given = canonical(representation, key, representationReader);
      const n = objectOf(firstLeaf(given));
      if (!Number.isInteger(n)) continue;
      const object = data.reference(type, n);
      if (JSON.stringify(given) !== JSON.stringify(canonical(object, key, data.reader))) continue;
      if (data.isAbsent(subgraph, type, n)) return null;
      return { ...object, representation };
    }
    throw new Error(`${subgraph} has no key for ${JSON.stringify(representation)}`);
  };
}

/** The first value of a selection that has been read. */
function firstLeaf(value: unknown): unknown {
  return Array.isArray(value) ? firstLeaf(Array.isArray(value[0]) ? value[0] : value[1]) : value;
}

/** An error as a resolver raises it: thrown or returned. */
function raised(value: unknown): unknown {
  if (!(value instanceof ResolverFailure) || value.manner === 0) return value;
  throw value;
}

function logged(type: string, log: MutationLog, resolver: Resolver): Resolver {
  if (type !== 'Mutation') return resolver;
  return (source, args, context, info) => {
    log.push(`${info.fieldName} ${hash(args)}`);
    return resolver(source, args, context, info);
  };
}
