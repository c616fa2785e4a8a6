import { Kind, type FieldNode, type OperationDefinitionNode, type ValueNode } from 'graphql';
import type { Formula, Variables } from './formula.js';

/** The `@listSize` of a field (Federation 2.9, after IBM's cost directives). */
export interface ListSize {
  /** Length of the list without slicing arguments. */
  readonly assumed: number;
  /** The slicing arguments, with their defaults. */
  readonly slicing: ReadonlyMap<string, number | undefined>;
  /** The subfields that are lists of this length. If empty, the field itself is the list. */
  readonly sizedFields: ReadonlySet<string>;
}

/** Integer defaults of an operation's variables. */
export type Defaults = ReadonlyMap<string, number>;

export function defaultsOf({ variableDefinitions }: OperationDefinitionNode): Defaults {
  const defaults = new Map<string, number>();
  for (const { variable, defaultValue } of variableDefinitions ?? []) {
    const value = wholeNumber(defaultValue);
    if (value !== undefined) defaults.set(variable.name.value, value);
  }
  return defaults;
}

/** The maximum length of a field's list: its largest slicing argument, or the assumed size without any. */
export function sizeOf({ arguments: args }: FieldNode, listSize: ListSize, defaults: Defaults): Formula {
  const sizes = [...listSize.slicing].map(([name, byDefault]) => {
    const value = args?.find((argument) => argument.name.value === name)?.value;
    if (!value) return byDefault;
    if (value.kind !== Kind.VARIABLE) return wholeNumber(value);
    const variable = value.name.value;
    return (variables: Variables) => variableSize(variables, variable, defaults.get(variable) ?? byDefault);
  });
  const largest = (variables: Variables) => {
    let max: number | undefined;
    for (const size of sizes) {
      const value = typeof size === 'function' ? size(variables) : size;
      if (value !== undefined && !(max !== undefined && max >= value)) max = value;
    }
    // The subgraph rejects a negative size. Here it must not offset the cost of other fields.
    return Math.max(0, max ?? listSize.assumed);
  };
  return sizes.some((size) => typeof size === 'function') ? largest : largest({});
}

/** Ignores values that are not numbers, since coercion rejects them later. */
function variableSize(variables: Variables, name: string, byDefault: number | undefined) {
  if (!Object.hasOwn(variables, name) || variables[name] === undefined) return byDefault;
  const value = variables[name];
  return typeof value === 'number' ? value : undefined;
}

export function wholeNumber(value: ValueNode | undefined): number | undefined {
  return value?.kind === Kind.INT ? Number(value.value) : undefined;
}
