import type { LoggerService } from '@nestjs/common';
import { pino, type DestinationStream, type Logger } from 'pino';
import { BatchedOutput } from './batched-output.js';
import { withoutSecrets } from './log-secrets.js';
import { currentRequestId } from './request-id.js';

/** Writes JSON lines, each with the id of its request, to standard output by default. */
export function createLogger(
  service: string,
  level: string,
  destination: DestinationStream = new BatchedOutput(),
): Logger {
  return pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { log: withoutSecrets },
      serializers: { err: describeError },
      mixin: () => {
        const requestId = currentRequestId();
        return requestId ? { requestId } : {};
      },
    },
    destination,
  );
}

/**
 * The parts of an error that are logged. Others may contain personal data: TypeORM adds a statement's parameters, Postgres
 * the row that violates a constraint, the pool its client.
 */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { type, message, stack } = pino.stdSerializers.err(error);
  const { code, query } = error as { code?: unknown; query?: unknown };
  return { type, message, stack, code, query };
}

/** For NestJS's own messages. Its informational ones are logged at `debug`. */
export function nestLogger(logger: Logger): LoggerService {
  const write =
    (level: 'debug' | 'warn' | 'error') =>
    (message: unknown, ...rest: unknown[]) => {
      const context = rest.at(-1);
      if (message instanceof Error) logger[level]({ err: message, context }, message.message);
      else logger[level]({ context, ...(rest.length > 1 && { detail: rest[0] }) }, String(message));
    };
  return {
    log: write('debug'),
    verbose: write('debug'),
    debug: write('debug'),
    warn: write('warn'),
    error: write('error'),
    fatal: write('error'),
  };
}
