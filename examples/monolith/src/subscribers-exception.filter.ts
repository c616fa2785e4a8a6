import { Catch, HttpStatus, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { NoAnswerException, RefusedException, SubscribersException } from '@supergraph/nest-tcp-client';
import type { FastifyReply, FastifyRequest } from 'fastify';

const STATUS_OF_CODE = new Map<string, number>([
  ['BAD_USER_INPUT', HttpStatus.BAD_REQUEST],
  ['INVALID_INPUT', HttpStatus.BAD_REQUEST],
  ['INVALID_EMAIL', HttpStatus.BAD_REQUEST],
  ['UNAUTHENTICATED', HttpStatus.UNAUTHORIZED],
  ['FORBIDDEN', HttpStatus.FORBIDDEN],
  ['ALREADY_EXISTS', HttpStatus.CONFLICT],
  ['IDEMPOTENCY_KEY_REUSED', HttpStatus.CONFLICT],
  ['SUBGRAPH_UNAVAILABLE', HttpStatus.SERVICE_UNAVAILABLE],
  ['UNREACHABLE', HttpStatus.SERVICE_UNAVAILABLE],
  ['NO_ANSWER', HttpStatus.GATEWAY_TIMEOUT],
]);

/** Turns the client's exceptions into HTTP responses: `{ code, message, field? }`. */
@Catch(SubscribersException)
export class SubscribersExceptionFilter implements ExceptionFilter<SubscribersException> {
  private readonly logger = new Logger('subscribers');

  catch(exception: SubscribersException, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const { code, message } = exception;
    // Any other code is an error between the two programs, such as UNTRUSTED_CALLER for a wrong secret.
    const status = STATUS_OF_CODE.get(code) ?? HttpStatus.BAD_GATEWAY;
    if (status >= 500) {
      const { id } = http.getRequest<FastifyRequest>();
      this.logger.error({ requestId: id, code, message });
    }
    const field = exception instanceof RefusedException ? exception.field : undefined;
    void http
      .getResponse<FastifyReply>()
      .status(status)
      .send({ code, message: publicMessage(exception), ...(field && { field }) });
  }
}

/** The client's own messages name hosts and ports, which belong in the log only. */
function publicMessage(exception: SubscribersException): string {
  if (exception instanceof RefusedException) return exception.message;
  return exception instanceof NoAnswerException
    ? 'No response arrived in time, and the request may have been processed. Try again with the same Idempotency-Key.'
    : 'The list of subscribers cannot be reached at the moment. Try again later.';
}
