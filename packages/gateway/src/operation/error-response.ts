import type { ErrorFormatter } from '@kit/service';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { belongsTo } from '../request/error-request-ids.js';

/** Errors as clients get them, and what they say about the HTTP response. */
export interface FormattedErrors {
  readonly errors: GraphQLFormattedError[];
  /** Undefined when no error has one. */
  readonly status: number | undefined;
  readonly headers: Map<string, string>;
}

/** The part of an error's extensions that is for the HTTP response only, in Apollo Server's form. */
interface HttpHead {
  readonly status?: number;
  readonly headers?: ReadonlyMap<string, string>;
}

/** Formats the errors of a request as Apollo Server does. Of several statuses, the last counts. */
export function formatErrors(
  thrown: readonly object[],
  requestId: string,
  format: ErrorFormatter,
): FormattedErrors {
  let status: number | undefined;
  const headers = new Map<string, string>();
  const errors = thrown.map((each) => {
    const error = asGraphQLError(each);
    const { http, ...extensions } = error.extensions;
    if (http) {
      const head = http as HttpHead;
      status = head.status ?? status;
      head.headers?.forEach((value, name) => headers.set(name, value));
    }
    extensions['code'] ??= 'INTERNAL_SERVER_ERROR';
    return format({ ...error.toJSON(), extensions }, belongsTo(requestId, each));
  });
  return { errors, status, headers };
}

/** Wraps any other value in a GraphQLError, as Apollo Server does. */
export function asGraphQLError(thrown: unknown): GraphQLError {
  if (thrown instanceof GraphQLError) return thrown;
  if (thrown instanceof Error) return new GraphQLError(thrown.message, { originalError: thrown });
  return new GraphQLError(`Unexpected error value: ${String(thrown)}`);
}
