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

/** What is left of an operation: a valid document with nothing else in it. */
export interface VisibleDocument {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

/**
 * The operation without what is hidden; null when nothing is left of it. It asks for the type of each object, since
 * what was taken out is put back, as null, by the type that an object turns out to have.
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

  /** @param isMeta in introspection, which is answered as it was asked for */
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
