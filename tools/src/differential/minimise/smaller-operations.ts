import { Kind, parse, print, visit, type ASTNode, type DocumentNode } from 'graphql';
import type { Operation } from '../operation/generate-operation.js';

/** The operation with one part less, in every way. Not all of them are valid. */
export function smallerOperations({ document, variables }: Operation): Operation[] {
  const parsed = parse(document, { noLocation: true });
  const parts: ASTNode[] = [];
  visit(parsed, {
    enter: (node) => {
      if (REMOVABLE.has(node.kind)) parts.push(node);
    },
  });
  return [...parts.map((part) => without(parsed, part)), ...flattened(parsed), ...withoutAliases(parsed)]
    .filter((smaller) => !hasEmptySelection(smaller))
    .map((smaller) => withoutUnused(smaller, variables));
}

const REMOVABLE: ReadonlySet<string> = new Set([
  Kind.FIELD,
  Kind.INLINE_FRAGMENT,
  Kind.FRAGMENT_SPREAD,
  Kind.DIRECTIVE,
  Kind.ARGUMENT,
]);

function without(document: DocumentNode, part: ASTNode): DocumentNode {
  return visit(document, { enter: (node) => (node === part ? null : undefined) });
}

function hasEmptySelection(document: DocumentNode): boolean {
  let found = false;
  visit(document, { SelectionSet: ({ selections }) => void (found ||= selections.length === 0) });
  return found;
}

/** Each fragment in turn replaced by its selections. */
function flattened(document: DocumentNode): DocumentNode[] {
  const result: DocumentNode[] = [];
  visit(document, {
    SelectionSet: (set) => {
      for (const [i, selection] of set.selections.entries()) {
        if (selection.kind === Kind.FIELD) continue;
        const fragment =
          selection.kind === Kind.INLINE_FRAGMENT
            ? selection
            : document.definitions.find(
                (each) => each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === selection.name.value,
              );
        if (!fragment || !('selectionSet' in fragment)) continue;
        const selections = set.selections.toSpliced(i, 1, ...fragment.selectionSet.selections);
        result.push(
          visit(document, { SelectionSet: (each) => (each === set ? { ...set, selections } : undefined) }),
        );
      }
    },
  });
  return result;
}

function withoutAliases(document: DocumentNode): DocumentNode[] {
  const result: DocumentNode[] = [];
  visit(document, {
    Field: (field) => {
      if (!field.alias) return;
      const { alias: _, ...plain } = field;
      result.push(visit(document, { Field: (each) => (each === field ? plain : undefined) }));
    },
  });
  return result;
}

/** Drops fragments and variables that nothing uses. */
function withoutUnused(document: DocumentNode, variables: Operation['variables']): Operation {
  let text = print(document);
  for (let previous = ''; previous !== text;) {
    previous = text;
    const used = new Set([...text.matchAll(/\.\.\.(\w+)/g)].map(([, name]) => name!));
    const count = (name: string) => text.split(new RegExp(`\\$${name}\\b`)).length - 1;
    const smaller = visit(parse(text, { noLocation: true }), {
      FragmentDefinition: ({ name }) => (used.has(name.value) ? undefined : null),
      VariableDefinition: ({ variable }) => (count(variable.name.value) > 1 ? undefined : null),
    });
    text = print(smaller);
  }
  const values = Object.entries(variables).filter(([name]) => new RegExp(`\\$${name}\\b`).test(text));
  return { document: text, variables: Object.fromEntries(values) };
}
