import { Kind, type FieldNode, type OperationDefinitionNode, type ValueNode } from 'graphql';
import type { Formula, Variables } from './formula.js';

/** What a field says by `@listSize` (Federation 2.9, after IBM's cost directives). */
export interface ListSize {
  /** How long the list is when no argument says so. */
  readonly assumed: number;
  /** The arguments that say so, each with its default. */
  readonly slicing: ReadonlyMap<string, number | undefined>;
  /** The fields of the answer that are lists of that length; without any, the field itself is one. */
  readonly sizedFields: ReadonlySet<string>;
}

/** The defaults of an operation's variables that are whole numbers. */
export type Defaults = ReadonlyMap<string, number>;

export function defaultsOf({ variableDefinitions }: OperationDefinitionNode): Defaults {
  const defaults = new Map<string, number>();
  for (const { variable, defaultValue } of variableDefinitions ?? []) {
    const value = wholeNumber(defaultValue);
    if (value !== undefined) defaults.set(variable.name.value, value);
  }
  return defaults;
}

/** How long the list of a field is at most: the largest of its slicing arguments, or what is assumed without any. */
export function sizeOf({ arguments: args }: FieldNode, listSize: ListSize, defaults: Defaults): Formula {
  const sizes = [...listSize.slicing].map(([name, byDefault]) => {
    const value = args?.find((argument) => argument.name.value === name)?.value;
    if (!value) return byDefault;
    if (value.kind !== Kind.VARIABLE) return wholeNumber(value);
    const variable = value.name.value;
    return (variables: Variables) => variableSize(variables, variable, defaults.get(variable) ?? byDefault);
  });
  const largest = (variables: Variables) => {
    let most: number | undefined;
    for (const size of sizes) {
      const value = typeof size === 'function' ? size(variables) : size;
      if (value !== undefined && !(most !== undefined && most >= value)) most = value;
    }
    // What is below nothing is refused by the subgraph, and must not pay for the rest of the operation.
    return Math.max(0, most ?? listSize.assumed);
  };
  return sizes.some((size) => typeof size === 'function') ? largest : largest({});
}

/** What is no number is refused, as a bad variable, when the operation is executed. */
function variableSize(variables: Variables, name: string, byDefault: number | undefined) {
  if (!Object.hasOwn(variables, name) || variables[name] === undefined) return byDefault;
  const value = variables[name];
  return typeof value === 'number' ? value : undefined;
}

export function wholeNumber(value: ValueNode | undefined): number | undefined {
  return value?.kind === Kind.INT ? Number(value.value) : undefined;
}
