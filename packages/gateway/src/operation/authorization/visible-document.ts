import {
  Kind,
  visit,
  type ASTNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { InspectedOperation } from './inspected-operation.js';

/** The visible part of an operation, as a valid document without unused definitions. */
export interface VisibleDocument {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

/**
 * Returns an operation without its hidden selections; null when none are left. It selects `__typename` of each
 * object, since `Completion` needs the type to add the hidden fields as null.
 */
export function visibleDocument(
  inspected: InspectedOperation,
  isHidden: (selection: FieldNode) => boolean,
): VisibleDocument | null {
  const { operation, fragments, typenameKey } = inspected;
  const kept = new Map<string, FragmentDefinitionNode | null>();
  const typename: FieldNode = {
    kind: Kind.FIELD,
    alias: { kind: Kind.NAME, value: typenameKey },
    name: { kind: Kind.NAME, value: '__typename' },
  };

  const within = ({ selections }: SelectionSetNode, isMeta: boolean): SelectionNode[] =>
    selections.flatMap((node) => visible(node, isMeta) ?? []);

  /** @param isMeta whether the node is inside introspection, which is not changed */
  const visible = (node: SelectionNode, isMeta: boolean): SelectionNode | null => {
    if (node.kind === Kind.FRAGMENT_SPREAD) return fragment(node.name.value) && node;
    if (node.kind === Kind.FIELD) {
      if (isHidden(node)) return null;
      if (!node.selectionSet) return node;
      const inMeta = isMeta || node.name.value.startsWith('__');
      const selections = within(node.selectionSet, inMeta);
      return withSelections(node, inMeta ? selections : [typename, ...selections]);
    }
    const selections = within(node.selectionSet, isMeta);
    return selections.length === 0 ? null : withSelections(node, selections);
  };

  const fragment = (name: string): FragmentDefinitionNode | null => {
    const done = kept.get(name);
    if (done !== undefined) return done;
    const node = fragments[name]!;
    const selections = within(node.selectionSet, node.typeCondition.name.value.startsWith('__'));
    const result = selections.length === 0 ? null : withSelections(node, selections);
    kept.set(name, result);
    return result;
  };

  const selections = within(operation.selectionSet, false);
  if (selections.length === 0) return null;
  const others = () => [...kept.values()].filter((node) => node !== null);
  const pruned = withSelections(operation, selections);
  const used = variablesIn([pruned.selectionSet, ...(operation.directives ?? []), ...others()]);
  const visibleOperation = {
    ...pruned,
    variableDefinitions: operation.variableDefinitions?.filter(({ variable }) =>
      used.has(variable.name.value),
    ),
  };
  return {
    document: { kind: Kind.DOCUMENT, definitions: [visibleOperation, ...others()] },
    operation: visibleOperation,
  };
}

function withSelections<Node extends { selectionSet?: SelectionSetNode | undefined }>(
  node: Node,
  selections: readonly SelectionNode[],
): Node {
  return { ...node, selectionSet: { kind: Kind.SELECTION_SET, selections } };
}

function variablesIn(nodes: readonly ASTNode[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const node of nodes) visit(node, { Variable: ({ name }) => void names.add(name.value) });
  return names;
}
