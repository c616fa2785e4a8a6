import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { DomainError } from './domain-error.js';
import { internalError } from './format-error.js';

const CODES: Record<number, string> = { 401: 'UNAUTHENTICATED', 403: 'FORBIDDEN', 404: 'NOT_FOUND' };

const TOO_LARGE = 413;

const MESSAGES: Record<number, string> = {
  400: 'The request body is not valid JSON.',
  404: 'There is nothing at this address.',
  415: 'Send the request as application/json.',
};

/**
 * Answers requests that fail before GraphQL sees them (bad JSON, too large, no such address) in GraphQL's error form,
 * and what a route of ours finds wrong with its arguments. Errors of resolvers pass through to the error formatter.
 */
@Catch()
export class HttpErrorFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType<string>() === 'graphql') throw error;
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const answer = (status: number, told: GraphQLFormattedError) =>
      void http
        .getResponse<FastifyReply>()
        .status(status)
        .send({ errors: [told] });
    if (error instanceof GraphQLError && hasStatus(error.extensions)) {
      const { http: said, ...extensions } = error.extensions;
      return answer(said.status, { message: error.message, extensions });
    }
    if (error instanceof DomainError && error.code === 'BAD_USER_INPUT') {
      return answer(400, { message: error.message, extensions: { code: error.code } });
    }
    const status = statusOf(error);
    if (status >= 500) {
      this.logger.error({ err: error, requestId: request.id }, 'unforeseen error');
      return answer(status, internalError(request.id));
    }
    if (status === TOO_LARGE) return answer(status, bodyTooLarge(request));
    const message = MESSAGES[status] ?? 'The request cannot be served.';
    return answer(status, { message, extensions: { code: CODES[status] ?? 'BAD_REQUEST' } });
  }
}

/** An error that says itself how HTTP is to answer it, as Apollo Server has it. */
function hasStatus(
  extensions: Readonly<Record<string, unknown>>,
): extensions is { readonly http: { readonly status: number } } {
  return typeof (extensions['http'] as { status?: unknown } | undefined)?.status === 'number';
}

function bodyTooLarge({ routeOptions, headers }: FastifyRequest): GraphQLFormattedError {
  const value = Number(headers['content-length']);
  return {
    message: `The request body is too large; at most ${routeOptions.bodyLimit} bytes are allowed.`,
    // Who sends in chunks has not said how large it is.
    extensions: { code: 'BAD_REQUEST', limit: 'body', ...(value > 0 && { value }) },
  };
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const status = (error as { statusCode?: unknown }).statusCode;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}
