import { Kind, type SelectionNode } from 'graphql';

/** The values that variables must have. */
export type VariableValues = ReadonlyMap<string, boolean>;

/**
 * The values of variables with which `@skip` and `@include` keep a selection.
 * @param outer the values with which the selections around it are kept
 * @returns null when there are none
 */
export function valuesThatInclude(
  { directives }: SelectionNode,
  outer: VariableValues,
): VariableValues | null {
  const values = new Map(outer);
  for (const { name, arguments: given } of directives ?? []) {
    if (name.value !== 'skip' && name.value !== 'include') continue;
    const wanted = name.value === 'include';
    const value = given?.find((argument) => argument.name.value === 'if')?.value;
    if (value?.kind === Kind.BOOLEAN && value.value !== wanted) return null;
    if (value?.kind !== Kind.VARIABLE) continue;
    if (values.get(value.name.value) === !wanted) return null;
    values.set(value.name.value, wanted);
  }
  return values;
}
