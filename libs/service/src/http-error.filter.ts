import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { DomainError } from './domain-error.js';
import { internalError } from './format-error.js';

const CODES: Record<number, string> = { 401: 'UNAUTHENTICATED', 403: 'FORBIDDEN', 404: 'NOT_FOUND' };

const MESSAGES: Record<number, string> = {
  400: 'The request body is not valid JSON.',
  404: 'There is nothing at this address.',
  413: 'The request body is too large.',
  415: 'Send the request as application/json.',
};

/**
 * Answers requests that fail before GraphQL sees them (bad JSON, too large, no such address) in GraphQL's
 * error form, and what a route of ours finds wrong with its arguments. Errors of resolvers pass through to the error formatter.
 */
@Catch()
export class HttpErrorFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType<string>() === 'graphql') throw error;
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    if (error instanceof DomainError && error.code === 'BAD_USER_INPUT') {
      void reply.status(400).send({ errors: [{ message: error.message, extensions: { code: error.code } }] });
      return;
    }
    const status = statusOf(error);
    if (status >= 500) {
      const requestId = http.getRequest<FastifyRequest>().id;
      this.logger.error({ err: error, requestId }, 'unforeseen error');
      void reply.status(status).send({ errors: [internalError(requestId)] });
      return;
    }
    const message = MESSAGES[status] ?? 'The request cannot be served.';
    const code = CODES[status] ?? 'BAD_REQUEST';
    void reply.status(status).send({ errors: [{ message, extensions: { code } }] });
  }
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const status = (error as { statusCode?: unknown }).statusCode;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}
