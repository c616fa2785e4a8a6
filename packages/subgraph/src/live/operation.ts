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

/** Errors of variables, the same limit as in graphql-js's `execute`. */
const MAX_ERRORS = 50;

/**
 * Parses, validates and selects an operation and checks its variables, as Apollo Server does over HTTP. graphql-ws would
 * close the socket, with all operations on it, for a syntax error or an exception of `validate`.
 * @returns the arguments for the execution, or errors with their codes
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
  const invalid = validationErrors(schema, document);
  if (invalid.length > 0) return invalid.map((error) => withCode('GRAPHQL_VALIDATION_FAILED', error));

  const operation = getOperationAST(document, operationName);
  if (!operation) {
    const message =
      'The document must contain exactly one operation, or operationName must be the name of one of its operations.';
    return [withCode('OPERATION_RESOLUTION_FAILURE', new GraphQLError(message))];
  }
  const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {}, {
    maxErrors: MAX_ERRORS,
  });
  if (errors) return errors.map((error) => withCode('BAD_USER_INPUT', error));
  return { schema, document, operationName, variableValues: variables };
}

/** `validate` throws on a subscription whose root field depends on a variable. */
function validationErrors(schema: GraphQLSchema, document: DocumentNode): readonly unknown[] {
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
