import {
  coerceInputValue,
  GraphQLError,
  isNonNullType,
  typeFromAST,
  TypeInfo,
  valueFromAST,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type VariableDefinitionNode,
} from 'graphql';
import type { ExecutorRequest } from '../request/executor-request.js';
import { partOf } from './operation-part.js';

/** A request has room for 2,400 invalid values, and each would cost a formatted error. */
const MAX_ERRORS = 10;

/** Coerced values of an operation's variables, by name. */
export type Variables = Readonly<Record<string, unknown>>;

/** Either the coerced variables of a request, or the errors. */
export type CoercedVariables =
  | { readonly variables: Variables; readonly errors?: undefined }
  | { readonly variables?: undefined; readonly errors: readonly GraphQLError[] };

const NONE: CoercedVariables = { variables: Object.freeze(Object.create(null)) };

/**
 * Coerces the variables of a valid operation (GraphQL specification, section "Coercing Variable Values"). The errors
 * have the code `BAD_USER_INPUT`; it stops at the tenth. graphql-js's `getVariableValues` is not used, since it
 * quotes the whole value in each error: for an object with 4,900 unknown fields, 4,900 times.
 */
export function coerceVariables(
  schema: GraphQLSchema,
  { document, operation, request }: Pick<ExecutorRequest, 'document' | 'operation' | 'request'>,
): CoercedVariables {
  const { variableDefinitions = [] } = operation;
  if (variableDefinitions.length === 0) return NONE;
  const given = request.variables ?? {};
  const variables: Record<string, unknown> = Object.create(null);
  const faults = new VariableErrors();
  try {
    for (const definition of variableDefinitions) coerce(schema, definition, given, variables, faults);
    // A nullable variable with a default may be used where null is not allowed, but must not be null then.
    for (const definition of variableDefinitions) {
      const name = definition.variable.name.value;
      if (variables[name] !== null) continue;
      const type = typesOfUses(schema, document, operation).get(name)?.find(isNonNullType);
      if (type) faults.add(definition, `is used where "${String(type)}" is expected and must not be null.`);
    }
  } catch (reason) {
    if (reason !== faults) throw reason;
  }
  return faults.errors.length > 0 ? { errors: faults.errors } : { variables };
}

function coerce(
  schema: GraphQLSchema,
  definition: VariableDefinitionNode,
  given: Variables,
  variables: Record<string, unknown>,
  faults: VariableErrors,
): void {
  const { variable, defaultValue } = definition;
  const name = variable.name.value;
  const type = typeFromAST(schema, definition.type as never) as GraphQLInputType;
  if (!Object.hasOwn(given, name)) {
    if (defaultValue) variables[name] = valueFromAST(defaultValue, type);
    else if (isNonNullType(type)) {
      faults.add(definition, `of required type "${String(type)}" was not provided.`);
    }
    return;
  }
  const value = given[name];
  if (value === null && isNonNullType(type)) {
    faults.add(definition, `of non-null type "${String(type)}" must not be null.`);
    return;
  }
  variables[name] = coerceInputValue(value, type, (path, _value, { message }) => {
    const at = path.length > 0 ? ` at "${name}${path.map(step).join('')}"` : '';
    faults.add(definition, `got invalid value${at}; ${message}`);
  });
}

/** Cache of the types expected where variables are used, by variable name, for operations that got a null. */
const usesOfOperations = new WeakMap<OperationDefinitionNode, Uses>();

type Uses = ReadonlyMap<string, readonly GraphQLInputType[]>;

function typesOfUses(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Uses {
  const known = usesOfOperations.get(operation);
  if (known) return known;
  const uses = new Map<string, GraphQLInputType[]>();
  const types = new TypeInfo(schema);
  const visitor = visitWithTypeInfo(types, {
    VariableDefinition: () => false,
    Variable({ name }) {
      const type = types.getInputType();
      if (type) uses.set(name.value, [...(uses.get(name.value) ?? []), type]);
    },
  });
  for (const node of partOf(document, operation)!.document.definitions) visit(node, visitor);
  usesOfOperations.set(operation, uses);
  return uses;
}

function step(key: string | number): string {
  return typeof key === 'number' ? `[${key}]` : `.${key}`;
}

class VariableErrors {
  readonly errors: GraphQLError[] = [];

  /** @throws this at the maximum number of errors, since only an exception stops graphql-js's coercion of a list */
  add(definition: VariableDefinitionNode, message: string): void {
    this.errors.push(
      new GraphQLError(`Variable "$${definition.variable.name.value}" ${message}`, {
        nodes: definition,
        extensions: { code: 'BAD_USER_INPUT' },
      }),
    );
    // oxlint-disable-next-line typescript/only-throw-error
    if (this.errors.length === MAX_ERRORS) throw this;
  }
}
