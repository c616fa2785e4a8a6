import type { QueryPlanSelectionNode } from '@apollo/query-planner';
import { Kind, type SelectionSetNode } from 'graphql';

/** Which response key gives each field of a representation. Fields have their path in the representation. */
export type FieldChoice = ReadonlyMap<string, string>;

/** The response keys that the fields of some representations are read from. */
export function keysByField(
  selections: readonly QueryPlanSelectionNode[],
  parent = '',
  found = new Map<string, Set<string>>(),
): Map<string, Set<string>> {
  for (const selection of selections) {
    if (selection.kind === 'InlineFragment') {
      keysByField(selection.selections, parent, found);
      continue;
    }
    const { name, alias = name } = selection;
    const path = `${parent}.${name}`;
    found.set(path, (found.get(path) ?? new Set()).add(alias));
    if (selection.selections) keysByField(selection.selections, path, found);
  }
  return found;
}

/**
 * The choice that a requirement makes.
 * @param originalName the name of the field of the supergraph that a required field stands for
 */
export function choiceOf(
  { selections }: SelectionSetNode,
  originalName: (name: string) => string,
  parent = '',
  choice = new Map<string, string>(),
): Map<string, string> {
  for (const selection of selections) {
    if (selection.kind === Kind.FRAGMENT_SPREAD) continue;
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      choiceOf(selection.selectionSet, originalName, parent, choice);
      continue;
    }
    const { value } = selection.name;
    const path = `${parent}.${originalName(value)}`;
    choice.set(path, value);
    if (selection.selectionSet) choiceOf(selection.selectionSet, originalName, path, choice);
  }
  return choice;
}

export function agree(one: FieldChoice, other: FieldChoice): boolean {
  return [...one].every(([path, key]) => (other.get(path) ?? key) === key);
}

/**
 * The selections with one response key for each field.
 * @param ambiguous the fields with more than one response key; without a choice, the response key is the name
 */
export function choose(
  selections: readonly QueryPlanSelectionNode[],
  choice: FieldChoice,
  ambiguous: ReadonlySet<string>,
  parent = '',
): QueryPlanSelectionNode[] {
  return selections.flatMap((selection): QueryPlanSelectionNode[] => {
    if (selection.kind === 'InlineFragment') {
      return [{ ...selection, selections: choose(selection.selections, choice, ambiguous, parent) }];
    }
    const { name, alias = name } = selection;
    const path = `${parent}.${name}`;
    if (ambiguous.has(path) && alias !== (choice.get(path) ?? name)) return [];
    if (!selection.selections) return [selection];
    return [{ ...selection, selections: choose(selection.selections, choice, ambiguous, path) }];
  });
}
