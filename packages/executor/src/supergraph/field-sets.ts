import { parse, type SelectionSetNode } from 'graphql';

/** The selections of a field set, such as the one of `@key` or `@requires`. */
export function fieldSet(text: string): SelectionSetNode {
  const [operation] = parse(`{${text}}`, { noLocation: true }).definitions;
  return (operation as { readonly selectionSet: SelectionSetNode }).selectionSet;
}
