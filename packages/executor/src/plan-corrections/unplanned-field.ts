import type { FetchNode, PlanNode, QueryPlan } from '@apollo/query-planner';
import {
  getNamedType,
  getOperationAST,
  isAbstractType,
  isObjectType,
  Kind,
  parse,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/**
 * Finds a field that no fetch of a plan returns. The planner leaves out a field of an interface when the only subgraph
 * that has the field has no object type for the interface.
 * @param document the document that was planned
 * @returns the coordinates of the first such field outside of abstract types, such as `Query.node`
 */
export function unplannedField(
  plan: QueryPlan,
  document: DocumentNode,
  operationName: string | undefined,
  schema: GraphQLSchema,
): string | undefined {
  const operation = getOperationAST(document, operationName);
  const root = operation && schema.getRootType(operation.operation);
  if (!root) return undefined;
  const fetched = new Set<string>();
  if (plan.node?.kind === 'Subscription') {
    addFetch(plan.node.primary, '', fetched);
    if (plan.node.rest) addNode(plan.node.rest, '', fetched);
  } else if (plan.node) {
    addNode(plan.node, '', fetched);
  }
  const fragments = fragmentsOf(document);

  const find = (set: SelectionSetNode, type: GraphQLObjectType, parent: string): string | undefined => {
    for (const selection of set.selections) {
      if (isNeverIncluded(selection)) continue;
      let found: string | undefined;
      if (selection.kind === Kind.FIELD) {
        if (selection.name.value.startsWith('__')) continue;
        const path = `${parent}.${responseKey(selection)}`;
        if (!fetched.has(path)) return `${type.name}.${selection.name.value}`;
        const returned = getNamedType(type.getFields()[selection.name.value]!.type);
        if (isObjectType(returned)) found = find(selection.selectionSet!, returned, path);
      } else {
        const fragment =
          selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value)! : selection;
        const name = fragment.typeCondition?.name.value;
        const condition = name === undefined ? type : schema.getType(name);
        const applies =
          condition === type || (isAbstractType(condition) && schema.isSubType(condition, type));
        if (applies) found = find(fragment.selectionSet, type, parent);
      }
      if (found) return found;
    }
    return undefined;
  };
  return find(operation.selectionSet, root, '');
}

function addNode(node: PlanNode, path: string, fetched: Set<string>): void {
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      for (const each of node.nodes) addNode(each, path, fetched);
      return;
    case 'Flatten': {
      const keys = node.path.filter((key) => typeof key === 'string' && !key.startsWith('@'));
      addNode(node.node, keys.map((key) => `.${key}`.replace(/\|\[.*$/, '')).join(''), fetched);
      return;
    }
    case 'Condition':
      for (const each of [node.ifClause, node.elseClause]) if (each) addNode(each, path, fetched);
      return;
    case 'Fetch':
      addFetch(node, path, fetched);
      return;
    case 'Defer':
      for (const each of [node.primary, ...node.deferred]) if (each.node) addNode(each.node, path, fetched);
  }
}

function addFetch({ operation, requires }: FetchNode, path: string, fetched: Set<string>): void {
  const document = parse(operation);
  const fragments = fragmentsOf(document);
  const add = (set: SelectionSetNode | undefined, parent: string, isEntities: boolean): void => {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FIELD) {
        const at = isEntities ? parent : `${parent}.${responseKey(selection)}`;
        fetched.add(at);
        add(selection.selectionSet, at, false);
      } else {
        const fragment =
          selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value)! : selection;
        add(fragment.selectionSet, parent, isEntities);
      }
    }
  };
  add(getOperationAST(document)?.selectionSet, path, requires !== undefined);
}

function fragmentsOf(document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  return new Map(
    document.definitions.flatMap((each) =>
      each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each]] : [],
    ),
  );
}

function responseKey({ alias, name }: FieldNode): string {
  return alias?.value ?? name.value;
}

/** Whether a literal condition excludes the selection. */
function isNeverIncluded({ directives }: SelectionNode): boolean {
  return (directives ?? []).some(({ name, arguments: given }) => {
    const value = given?.find((argument) => argument.name.value === 'if')?.value;
    if (value?.kind !== Kind.BOOLEAN) return false;
    return name.value === 'skip' ? value.value : name.value === 'include' && !value.value;
  });
}
