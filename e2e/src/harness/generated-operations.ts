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

/** Values of scalars by the name of the argument or input field. Those that may not be null go by the name of their type, too. */
export type KnownValues = Readonly<Record<string, string | number | undefined>>;

/**
 * Operations for every root field of a schema: once with the required arguments, once with all that have a known value.
 * @throws Error when a required argument has no known value
 */
export function generateOperations(schema: GraphQLSchema, known: KnownValues): GeneratedOperation[] {
  return Object.values(OperationTypeNode).flatMap((kind) =>
    Object.values(schema.getRootType(kind)?.getFields() ?? {}).flatMap((field) => {
      const fields = [false, true].map((optional) => fieldText(schema, field, [], known, optional));
      return [...new Set(fields)].map((text) => {
        const query = `${kind} { ${text} }`;
        const errors = validate(schema, parse(query));
        if (errors.length > 0) throw new Error(`${query}: ${errors.join(', ')}`);
        return { kind, field: field.name, query };
      });
    }),
  );
}

function fieldText(
  schema: GraphQLSchema,
  field: GraphQLField<unknown, unknown>,
  above: readonly string[],
  known: KnownValues,
  optional: boolean,
): string {
  const args = inputs(field.args, known, optional);
  return `${field.name}${args && `(${args})`} ${selection(schema, field.type, above, known, optional)}`;
}

/** Every field, except those that lead back to a type above: they would never end. */
function selection(
  schema: GraphQLSchema,
  outputType: GraphQLOutputType,
  above: readonly string[],
  known: KnownValues,
  optional: boolean,
): string {
  const type = getNamedType(outputType);
  if (!isCompositeType(type)) return '';
  if (!isObjectType(type)) {
    const each = schema.getPossibleTypes(type).map((possible) => {
      return `... on ${possible.name} ${selection(schema, possible, above, known, optional)}`;
    });
    return `{ __typename ${each.join(' ')} }`;
  }
  const here = [...above, type.name];
  const fields = Object.values(type.getFields()).filter((field) => {
    return !here.includes(getNamedType(field.type).name);
  });
  return `{ __typename ${fields.map((field) => fieldText(schema, field, here, known, optional)).join(' ')} }`;
}

function inputs(
  fields: readonly (GraphQLArgument | GraphQLInputField)[],
  known: KnownValues,
  optional: boolean,
): string {
  return fields
    .map((field) => {
      // Short pages always, so that no operation is refused for its cost.
      if (!optional && field.name !== 'first' && !isRequiredInputField(field)) return '';
      const value = valueOf(field.type, field.name, known, optional);
      return value === undefined ? '' : `${field.name}: ${value}`;
    })
    .filter(Boolean)
    .join(', ');
}

/** The value as a document spells it; undefined when none is known. */
function valueOf(
  type: GraphQLInputType,
  name: string,
  known: KnownValues,
  optional: boolean,
): string | undefined {
  if (isNonNullType(type)) {
    return valueOf(type.ofType, name, { [name]: known[getNamedType(type).name], ...known }, optional);
  }
  if (isListType(type)) {
    const value = valueOf(type.ofType, name, known, optional);
    return value && `[${value}]`;
  }
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (isInputObjectType(type)) return `{ ${inputs(Object.values(type.getFields()), known, optional)} }`;
  const value = known[name];
  return value === undefined ? undefined : JSON.stringify(value);
}
