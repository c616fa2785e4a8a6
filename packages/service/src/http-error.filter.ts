import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { DomainError } from './domain-error.js';
import { internalError } from './format-error.js';

const CODES: Record<number, string> = { 401: 'UNAUTHENTICATED', 403: 'FORBIDDEN', 404: 'NOT_FOUND' };

/** Codes that bad arguments of HTTP routes have. */
const CLIENT_ERRORS = new Set(['BAD_USER_INPUT', 'CURSOR_EXPIRED']);

const TOO_LARGE = 413;

const MESSAGES: Record<number, string> = {
  400: 'The request body is not valid JSON.',
  404: 'There is nothing at this address.',
  415: 'Send the request as application/json.',
};

/**
 * Responds in GraphQL's error format to requests that fail before they reach GraphQL (bad JSON, too large, unknown URL),
 * and to bad arguments of HTTP routes. Errors of resolvers go to the error formatter.
 */
@Catch()
export class HttpErrorFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType<string>() === 'graphql') throw error;
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const respond = (status: number, formatted: GraphQLFormattedError) => {
      const { retryAfterSeconds } = formatted.extensions ?? {};
      const reply = http.getResponse<FastifyReply>().status(status);
      if (typeof retryAfterSeconds === 'number') void reply.header('retry-after', retryAfterSeconds);
      void reply.send({ errors: [formatted] });
    };
    if (error instanceof GraphQLError && hasStatus(error.extensions)) {
      const { http: response, ...extensions } = error.extensions;
      return respond(response.status, { message: error.message, extensions });
    }
    if (error instanceof DomainError && CLIENT_ERRORS.has(error.code)) {
      return respond(400, { message: error.message, extensions: { code: error.code } });
    }
    const status = statusOf(error);
    if (status >= 500) {
      this.logger.error({ err: error, requestId: request.id }, 'unforeseen error');
      return respond(status, internalError(request.id));
    }
    if (status === TOO_LARGE) return respond(status, bodyTooLarge(request));
    const message = MESSAGES[status] ?? 'The request cannot be served.';
    return respond(status, { message, extensions: { code: CODES[status] ?? 'BAD_REQUEST' } });
  }
}

/** Whether an error has an HTTP status, as errors of Apollo Server have. */
function hasStatus(
  extensions: Readonly<Record<string, unknown>>,
): extensions is { readonly http: { readonly status: number } } {
  return typeof (extensions['http'] as { status?: unknown } | undefined)?.status === 'number';
}

function bodyTooLarge({ routeOptions, headers }: FastifyRequest): GraphQLFormattedError {
  const value = Number(headers['content-length']);
  return {
    message: `The request body is too large; at most ${routeOptions.bodyLimit} bytes are allowed.`,
    // A chunked request does not have the header.
    extensions: { code: 'BAD_REQUEST', limit: 'body', ...(value > 0 && { value }) },
  };
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const status = (error as { statusCode?: unknown }).statusCode;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}
