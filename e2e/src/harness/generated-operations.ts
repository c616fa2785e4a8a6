import {
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredInputField,
  OperationTypeNode,
  parse,
  validate,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';

/** An operation with one root field that selects every field below it. */
export interface GeneratedOperation {
  readonly kind: OperationTypeNode;
  readonly field: string;
  readonly query: string;
}

/** Values of scalars by the name of the argument or input field; for non-null ones also by the name of the type. */
export type KnownValues = Readonly<Record<string, string | number | undefined>>;

/** Values of arguments that take few strings. */
const ALWAYS_KNOWN: KnownValues = { Date: '2026-01-01', timeZone: 'UTC' };

/**
 * Operations for every root field of a schema, with the required arguments and with all arguments that have a known value.
 * @throws Error when a required argument has no known value
 */
export function generateOperations(schema: GraphQLSchema, given: KnownValues): GeneratedOperation[] {
  const known = { ...ALWAYS_KNOWN, ...given };
  const writers = [fieldWriter(schema, known, false), fieldWriter(schema, known, true)];
  return Object.values(OperationTypeNode).flatMap((kind) =>
    Object.values(schema.getRootType(kind)?.getFields() ?? {}).flatMap((field) =>
      [...new Set(writers.map((write) => write(field)))].map((text) => {
        const query = `${kind} { ${text} }`;
        const errors = validate(schema, parse(query));
        if (errors.length > 0) throw new Error(`${query}: ${errors.join(', ')}`);
        return { kind, field: field.name, query };
      }),
    ),
  );
}

/** @returns a function that writes a field with all its selections, and with optional arguments on request */
function fieldWriter(schema: GraphQLSchema, known: KnownValues, withOptional: boolean) {
  return write;

  function write(field: GraphQLField<unknown, unknown>, parents: readonly string[] = []): string {
    const args = inputs(field.args);
    return `${field.name}${args && `(${args})`} ${selection(field.type, parents)}`;
  }

  /** Every field, except those that return a parent type, which would recurse. */
  function selection(outputType: GraphQLOutputType, parents: readonly string[]): string {
    const type = getNamedType(outputType);
    if (!isCompositeType(type)) return '';
    if (!isObjectType(type)) {
      const each = schema
        .getPossibleTypes(type)
        .map((possible) => `... on ${possible.name} ${selection(possible, parents)}`);
      return `{ __typename ${each.join(' ')} }`;
    }
    const path = [...parents, type.name];
    const fields = Object.values(type.getFields()).filter(
      (field) => !path.includes(getNamedType(field.type).name),
    );
    return `{ __typename ${fields.map((field) => write(field, path)).join(' ')} }`;
  }

  function inputs(fields: readonly (GraphQLArgument | GraphQLInputField)[]): string {
    return fields
      .map((field) => {
        // `first` is always given, because long pages could exceed the cost limit.
        if (!withOptional && field.name !== 'first' && !isRequiredInputField(field)) return '';
        const value = valueOf(field.type, field.name, known);
        return value === undefined ? '' : `${field.name}: ${value}`;
      })
      .filter(Boolean)
      .join(', ');
  }

  /** The value as a literal; undefined when none is known. */
  function valueOf(type: GraphQLInputType, name: string, values: KnownValues): string | undefined {
    if (isNonNullType(type)) {
      return valueOf(type.ofType, name, { [name]: values[getNamedType(type).name], ...values });
    }
    if (isListType(type)) {
      const value = valueOf(type.ofType, name, values);
      return value && `[${value}]`;
    }
    if (isEnumType(type)) return type.getValues()[0]?.name;
    if (isInputObjectType(type)) return `{ ${inputs(Object.values(type.getFields()))} }`;
    const value = values[name];
    return value === undefined ? undefined : JSON.stringify(value);
  }
}
