import { Kind, visit, type DirectiveNode, type DocumentNode, type OperationDefinitionNode } from 'graphql';

const DIRECTIVES: ReadonlySet<string> = new Set(['skip', 'include']);

/** Values of the variables in `@skip` and `@include`, by name. */
export type ConditionValues = Readonly<Record<string, boolean>>;

export function isCondition({ name }: DirectiveNode): boolean {
  return DIRECTIVES.has(name.value);
}

/** The variables on which `@skip` and `@include` of an operation depend. */
export class Conditions {
  /** Their default values, by name. */
  private readonly defaults: ReadonlyMap<string, boolean>;

  constructor(document: DocumentNode, { variableDefinitions = [] }: OperationDefinitionNode) {
    const used = new Set<string>();
    visit(document, {
      Directive(node) {
        if (!isCondition(node)) return;
        for (const { value } of node.arguments ?? [])
          if (value.kind === Kind.VARIABLE) used.add(value.name.value);
      },
    });
    const definitions = variableDefinitions.filter(({ variable }) => used.has(variable.name.value));
    this.defaults = new Map(
      definitions.map(({ variable, defaultValue }) => [
        variable.name.value,
        defaultValue?.kind === Kind.BOOLEAN && defaultValue.value,
      ]),
    );
  }

  /** @param variables as the client sent them */
  valuesOf(variables: Readonly<Record<string, unknown>>): ConditionValues {
    const values: Record<string, boolean> = Object.create(null);
    for (const [name, byDefault] of this.defaults) {
      const given = Object.hasOwn(variables, name) ? variables[name] : undefined;
      values[name] = given === undefined ? byDefault : given === true;
    }
    return values;
  }
}
