import {
  Kind,
  type DocumentNode,
  type FieldNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** A schema with every way to declare costs. `FIELDS` and `length` repeat their meaning by hand. */
export const SDL = `
  extend schema @link(url: "https://specs.example.com/kit/v1.0", import: ["@credential"])
  type Query {
    one: Item
    node: Node
    found: Found
    items(first: Int = 3): [Item!]! @listSize(slicingArguments: ["first"])
    page(first: Int, last: Int): Page @listSize(assumedSize: 4, slicingArguments: ["first", "last"], sizedFields: ["nodes", "edges"])
  }
  interface Node { id: ID dear: Int many: [Item] }
  type Item implements Node {
    id: ID
    dear: Int @cost(weight: 5)
    many: [Item] @listSize(assumedSize: 2)
    others: [Item!]
    names: [String!]!
    page(first: Int, last: Int): Page @listSize(assumedSize: 4, slicingArguments: ["first", "last"], sizedFields: ["nodes", "edges"])
  }
  type Gem implements Node @cost(weight: 7) { id: ID dear: Int many: [Item] owner: Item }
  union Found = Item | Gem
  type Page { nodes: [Item!] edges: [Edge!] count: Int @cost(weight: 3) }
  type Edge { node: Item }
  type Mutation { issue: Item @credential renew: Item @credential rename: Item }
  type Subscription { happened: Item }
`;

/** The named type and the weight of each field, by type. */
export const FIELDS: Record<string, Record<string, [type: string | null, weight: number]>> = {
  Query: { one: ['Item', 1], node: ['Node', 7], found: ['Found', 7], items: ['Item', 1], page: ['Page', 1] },
  Node: { id: [null, 0], dear: [null, 5], many: ['Item', 1] },
  Found: {},
  Item: {
    id: [null, 0],
    dear: [null, 5],
    many: ['Item', 1],
    others: ['Item', 1],
    names: [null, 0],
    page: ['Page', 1],
  },
  Gem: { id: [null, 0], dear: [null, 0], many: ['Item', 1], owner: ['Item', 1] },
  Page: { nodes: ['Item', 1], edges: ['Edge', 1], count: [null, 3] },
  Edge: { node: ['Item', 1] },
};

interface Expanded {
  readonly node: FieldNode;
  readonly type: string;
  readonly inside: readonly Expanded[];
}

export interface Reference {
  selections: number;
  depth: number;
  rootFields: number;
  aliases: number;
  aliasLength: number;
  repeats: number;
  cost: number;
  values: number;
}

/** Expands every fragment, and then counts. */
export function reference(document: DocumentNode, variables: Record<string, unknown>): Reference {
  const operation = document.definitions[0] as OperationDefinitionNode;
  let selections = 0;
  const expand = (set: SelectionSetNode, type: string): Expanded[] =>
    set.selections.flatMap((node): Expanded[] => {
      selections += 1;
      if (node.kind === Kind.FIELD) {
        const inside = FIELDS[type]?.[node.name.value]?.[0];
        return [{ node, type, inside: node.selectionSet ? expand(node.selectionSet, inside!) : [] }];
      }
      if (node.kind === Kind.INLINE_FRAGMENT)
        return expand(node.selectionSet, node.typeCondition?.name.value ?? type);
      const fragment = document.definitions.find(
        (each) => each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === node.name.value,
      );
      if (fragment?.kind !== Kind.FRAGMENT_DEFINITION) throw new Error('no such fragment');
      return expand(fragment.selectionSet, fragment.typeCondition.name.value);
    });
  const fields = expand(operation.selectionSet, 'Query');

  const everywhere = (list: readonly Expanded[], path = ''): { path: string; field: Expanded }[] =>
    list.flatMap((field) => {
      const here = `${path}/${(field.node.alias ?? field.node.name).value}`;
      return [{ path: here, field }, ...everywhere(field.inside, here)];
    });
  const all = everywhere(fields);
  const cost = (list: readonly Expanded[], parent?: FieldNode): number =>
    list.reduce((sum, { node, type, inside }) => {
      const weight = FIELDS[type]?.[node.name.value]?.[1] ?? 0;
      return sum + length(node, type, parent, operation, variables) * (weight + cost(inside, node));
    }, 0);
  const values = (list: readonly Expanded[], parent?: FieldNode): number =>
    list.reduce(
      (sum, { node, type, inside }) =>
        sum + length(node, type, parent, operation, variables) * (1 + values(inside, node)),
      0,
    );
  return {
    selections,
    depth: Math.max(...all.map(({ path }) => path.split('/').length - 1)),
    rootFields: fields.length,
    aliases: all.filter(({ field }) => field.node.alias).length,
    aliasLength: Math.max(0, ...all.map(({ field }) => field.node.alias?.value.length ?? 0)),
    repeats: Math.max(...all.map(({ path }) => all.filter((other) => other.path === path).length)),
    cost: cost(fields),
    values: values(fields),
  };
}

function length(
  node: FieldNode,
  type: string,
  parent: FieldNode | undefined,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): number {
  const given = (of: FieldNode | undefined, name: string) => {
    const value = of?.arguments?.find((each) => each.name.value === name)?.value;
    if (value?.kind === Kind.INT) return Number(value.value);
    if (value?.kind === Kind.NULL) return null;
    if (value?.kind !== Kind.VARIABLE) return undefined;
    const declared = operation.variableDefinitions?.find(
      (each) => each.variable.name.value === value.name.value,
    );
    const byDefault =
      declared?.defaultValue?.kind === Kind.INT ? Number(declared.defaultValue.value) : undefined;
    return (
      (variables[value.name.value] as number | null | undefined) ??
      (value.name.value in variables ? null : byDefault)
    );
  };
  switch (node.name.value) {
    case 'items': {
      const first = given(node, 'first');
      if (first === null) return 10;
      return first ?? 3;
    }
    case 'many':
      // `Gem.many` has no list size, so `Node.many` has the default size.
      return type === 'Item' ? 2 : 10;
    case 'others':
    case 'names':
      return 10;
    case 'nodes':
    case 'edges': {
      const sizes = [given(parent, 'first'), given(parent, 'last')].filter(
        (each) => typeof each === 'number',
      );
      return sizes.length > 0 ? Math.max(...sizes) : 4;
    }
    default:
      return 1;
  }
}
