import {
  getOperationAST,
  getVariableValues,
  GraphQLError,
  parse,
  validate,
  type DocumentNode,
  type ExecutionArgs,
  type GraphQLSchema,
} from 'graphql';
import type { SubscribePayload } from 'graphql-ws';

/** Of variables, as graphql-js has it where it executes. */
const MOST_ERRORS = 50;

/**
 * Reads one operation as Apollo Server does over HTTP: parse, validate, find the operation, check its variables.
 * Left to graphql-ws, a syntax error and what `validate` throws would close the socket, with everybody's
 * operations on it.
 * @returns what to execute, or why that cannot be, each error with its code
 */
export function readOperation(
  schema: GraphQLSchema,
  payload: SubscribePayload,
): ExecutionArgs | GraphQLError[] {
  const { query, operationName, variables } = payload;
  let document: DocumentNode;
  try {
    document = parse(query);
  } catch (error) {
    return [withCode('GRAPHQL_PARSE_FAILED', error)];
  }
  const invalid = faultsOf(schema, document);
  if (invalid.length > 0) return invalid.map((error) => withCode('GRAPHQL_VALIDATION_FAILED', error));

  const operation = getOperationAST(document, operationName);
  if (!operation) {
    const message = 'The document must hold one operation, or operationName must name one of them.';
    return [withCode('OPERATION_RESOLUTION_FAILURE', new GraphQLError(message))];
  }
  const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {}, {
    maxErrors: MOST_ERRORS,
  });
  if (errors) return errors.map((error) => withCode('BAD_USER_INPUT', error));
  return { schema, document, operationName, variableValues: variables };
}

/** `validate` throws on a subscription whose root field depends on a variable. */
function faultsOf(schema: GraphQLSchema, document: DocumentNode): readonly unknown[] {
  try {
    return validate(schema, document);
  } catch (error) {
    return [error];
  }
}

function withCode(code: string, error: unknown): GraphQLError {
  if (!(error instanceof GraphQLError)) {
    return new GraphQLError('unforeseen', { originalError: error as Error });
  }
  const { message, nodes, source, positions } = error;
  return new GraphQLError(message, { nodes, source, positions, extensions: { code } });
}
