import { Kind, parse, print, visit, type ASTNode } from 'graphql';
import type { SubgraphSource } from '../subgraph-source.js';

/** The subgraphs with one part less, in every way, largest parts first. Most of them compose. */
export function smallerSubgraphs(subgraphs: readonly SubgraphSource[]): SubgraphSource[][] {
  const withoutOne = subgraphs.map((_, i) => subgraphs.toSpliced(i, 1));
  const withoutPart = KINDS.flatMap((kinds) =>
    subgraphs.flatMap(({ name, sdl }, i) =>
      smaller(sdl, kinds).map((less) => subgraphs.toSpliced(i, 1, { name, sdl: less })),
    ),
  );
  const withoutField = groups(fields(subgraphs)).map((group) =>
    subgraphs.map(({ name, sdl }) => ({ name, sdl: withoutFields(sdl, group) })),
  );
  return [...withoutOne, ...withoutField, ...withoutPart];
}

/** Groups of neighbours, from large ones to single elements. */
function groups<T>(list: readonly T[]): T[][] {
  return [16, 8, 4, 2, 1].flatMap((size) =>
    Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size)),
  );
}

const KINDS: readonly (readonly string[])[] = [
  [
    Kind.OBJECT_TYPE_DEFINITION,
    Kind.INTERFACE_TYPE_DEFINITION,
    Kind.UNION_TYPE_DEFINITION,
    Kind.ENUM_TYPE_DEFINITION,
    Kind.INPUT_OBJECT_TYPE_DEFINITION,
    Kind.SCALAR_TYPE_DEFINITION,
  ],
  [Kind.FIELD_DEFINITION],
  [Kind.DIRECTIVE, Kind.INPUT_VALUE_DEFINITION, Kind.NAMED_TYPE, Kind.ENUM_VALUE_DEFINITION],
];

function smaller(sdl: string, kinds: readonly string[]): string[] {
  const document = parse(sdl, { noLocation: true });
  const parts: ASTNode[] = [];
  visit(document, {
    enter: (node, _key, _parent, path) => {
      const isPart = node.kind !== Kind.NAMED_TYPE || ['interfaces', 'types'].includes(String(path.at(-2)));
      if (kinds.includes(node.kind) && isPart) parts.push(node);
      return node.kind === Kind.SCHEMA_EXTENSION ? false : undefined;
    },
  });
  return parts.map((part) => print(visit(document, { enter: (node) => (node === part ? null : undefined) })));
}

/** All `Type.field`. */
function fields(subgraphs: readonly SubgraphSource[]): string[] {
  const names = subgraphs.flatMap(({ sdl }) =>
    parse(sdl).definitions.flatMap((node) =>
      'fields' in node ? (node.fields ?? []).map((field) => `${node.name.value}.${field.name.value}`) : [],
    ),
  );
  return [...new Set(names)];
}

/** Without these fields, and without the types that have no others. */
function withoutFields(sdl: string, fields: readonly string[]): string {
  const without = (node: { name: { value: string }; fields?: readonly { name: { value: string } }[] }) => {
    const left = (node.fields ?? []).filter(
      (each) => !fields.includes(`${node.name.value}.${each.name.value}`),
    );
    if (left.length === node.fields?.length) return undefined;
    return left.length > 0 ? { ...node, fields: left } : null;
  };
  return print(
    visit(parse(sdl, { noLocation: true }), {
      ObjectTypeDefinition: without,
      InterfaceTypeDefinition: without,
    }),
  );
}
