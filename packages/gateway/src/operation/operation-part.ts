import {
  Kind,
  visit,
  type ASTNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** A document with one operation, and the fragments and variables that it uses. */
export interface Part {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

type Fragments = Readonly<Record<string, FragmentDefinitionNode>>;

export function fragmentsOf({ definitions }: DocumentNode): Fragments {
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null);
  for (const node of definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments[node.name.value] = node;
  }
  return fragments;
}

/** The names of the root fields of an operation, including those in fragments. */
export function rootFieldsOf(document: DocumentNode, operation: OperationDefinitionNode): readonly string[] {
  const fragments = fragmentsOf(document);
  const seen = new Set<string>();
  const namesIn = ({ selections }: SelectionSetNode): string[] =>
    selections.flatMap((node) => {
      if (node.kind === Kind.FIELD) return [node.name.value];
      if (node.kind === Kind.INLINE_FRAGMENT) return namesIn(node.selectionSet);
      if (seen.has(node.name.value)) return [];
      seen.add(node.name.value);
      return namesIn(fragments[node.name.value]!.selectionSet);
    });
  return namesIn(operation.selectionSet);
}

/**
 * Extracts one operation of a valid document, with the fragments and variables that it uses. Returns the document
 * itself when it contains nothing else.
 * @param isWanted selects root fields by name; default: all
 * @returns null when no root field is left
 */
export function partOf(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  isWanted?: (rootField: string) => boolean,
): Part | null {
  const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  if (!isWanted && operations.length === 1) return { document, operation };
  const fragments = fragmentsOf(document);
  const selectionSet = isWanted
    ? keeping(fragments, isWanted)(operation.selectionSet)
    : operation.selectionSet;
  if (selectionSet.selections.length === 0) return null;
  const used = usesOf({ ...operation, selectionSet, variableDefinitions: [] }, fragments);
  const part: OperationDefinitionNode = {
    ...operation,
    selectionSet,
    variableDefinitions: (operation.variableDefinitions ?? []).filter(({ variable }) =>
      used.variables.has(variable.name.value),
    ),
  };
  return { document: { ...document, definitions: [part, ...used.fragments] }, operation: part };
}

/**
 * Turns fragment spreads at the root into inline fragments, since a fragment may contain both wanted and other
 * fields.
 */
function keeping(fragments: Fragments, isWanted: (rootField: string) => boolean) {
  const known = new Map<SelectionSetNode, SelectionSetNode>();
  const kept = (set: SelectionSetNode): SelectionSetNode => {
    let result = known.get(set);
    if (!result) known.set(set, (result = { ...set, selections: set.selections.flatMap(keep) }));
    return result;
  };
  const keep = (node: SelectionNode): SelectionNode[] => {
    if (node.kind === Kind.FIELD) return isWanted(node.name.value) ? [node] : [];
    const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : fragments[node.name.value]!;
    const selectionSet = kept(fragment.selectionSet);
    if (selectionSet.selections.length === 0) return [];
    const { typeCondition } = fragment;
    const directives = node.directives ?? [];
    return [
      { kind: Kind.INLINE_FRAGMENT, selectionSet, directives, ...(typeCondition && { typeCondition }) },
    ];
  };
  return kept;
}

function usesOf(operation: OperationDefinitionNode, fragments: Fragments) {
  const variables = new Set<string>();
  const reached = new Set<FragmentDefinitionNode>();
  const follow = (root: ASTNode): void => {
    visit(root, {
      Variable: ({ name }) => void variables.add(name.value),
      FragmentSpread({ name }) {
        const fragment = fragments[name.value]!;
        if (reached.has(fragment)) return;
        reached.add(fragment);
        follow(fragment);
      },
    });
  };
  follow(operation);
  return { variables, fragments: [...reached] };
}
