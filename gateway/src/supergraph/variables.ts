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
import type { ExecutorRequest } from '../subscriptions/plan/plan.js';
import { partOf } from './operation-part.js';

/** As many as somebody mends at a time; each costs a formatted error, and a request has room for 2,400 bad values. */
const MOST_ERRORS = 10;

/** Values of an operation's variables, coerced to their types, by name. */
export type Variables = Readonly<Record<string, unknown>>;

/** Either what the variables of a request are, or what is wrong with them. */
export type CoercedVariables =
  | { readonly variables: Variables; readonly errors?: undefined }
  | { readonly variables?: undefined; readonly errors: readonly GraphQLError[] };

const NONE: CoercedVariables = { variables: Object.freeze(Object.create(null)) };

/**
 * Coerces the variables of a valid operation (GraphQL specification, section "Coercing Variable Values"), and stops at
 * the tenth error, `BAD_USER_INPUT`. graphql-js's `getVariableValues` would do, but quotes in each error the value that
 * it is about: an object with 4,900 unknown fields once for each of them.
 */
export function coerceVariables(
  schema: GraphQLSchema,
  { document, operation, request }: Pick<ExecutorRequest, 'document' | 'operation' | 'request'>,
): CoercedVariables {
  const { variableDefinitions = [] } = operation;
  if (variableDefinitions.length === 0) return NONE;
  const given = request.variables ?? {};
  const variables: Record<string, unknown> = Object.create(null);
  const faults = new Faults();
  try {
    for (const definition of variableDefinitions) coerce(schema, definition, given, variables, faults);
    // Where a default makes it valid, a variable that may be null stands for a value that must not be.
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
  faults: Faults,
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

/** The types that are expected where variables are used, by the names of the variables, for operations with a null. */
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
  const note = visitWithTypeInfo(types, {
    VariableDefinition: () => false,
    Variable({ name }) {
      const type = types.getInputType();
      if (type) uses.set(name.value, [...(uses.get(name.value) ?? []), type]);
    },
  });
  for (const node of partOf(document, operation)!.document.definitions) visit(node, note);
  usesOfOperations.set(operation, uses);
  return uses;
}

function step(key: string | number): string {
  return typeof key === 'number' ? `[${key}]` : `.${key}`;
}

class Faults {
  readonly errors: GraphQLError[] = [];

  /** @throws this, when there are enough of them: nothing else ends graphql-js's coercion of a list */
  add(definition: VariableDefinitionNode, message: string): void {
    this.errors.push(
      new GraphQLError(`Variable "$${definition.variable.name.value}" ${message}`, {
        nodes: definition,
        extensions: { code: 'BAD_USER_INPUT' },
      }),
    );
    // oxlint-disable-next-line typescript/only-throw-error
    if (this.errors.length === MOST_ERRORS) throw this;
  }
}
