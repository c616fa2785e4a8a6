import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import { DomainError, errorFormatter, type ErrorFormatter } from '@kit/service';

import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { throwError, type Observable } from 'rxjs';
import type { MessageError } from './message-error.js';

/** Turns errors of guards and handlers into error responses, with the same rules as for GraphQL errors. */
@Catch()
export class MessageErrorFilter implements RpcExceptionFilter {
  private readonly format: ErrorFormatter;

  constructor(logger: Logger) {
    this.format = errorFormatter(logger);
  }

  catch(error: Error): Observable<never> {
    return throwError(() => this.messageErrorOf(error));
  }

  private messageErrorOf(error: Error): MessageError {
    if (error instanceof RpcException) return error.getError() as MessageError;
    const { message, extensions = {} } = this.format(formatted(error), error);
    const { code, requestId } = extensions as { code: string; requestId?: string };
    return { code, message, ...(requestId !== undefined && { requestId }) };
  }
}

function formatted(error: Error): GraphQLFormattedError {
  if (error instanceof GraphQLError) return error.toJSON();
  const { message } = error;
  return error instanceof DomainError ? { message, extensions: { code: error.code } } : { message };
}
