import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';

/** For how long the system may take in nothing of an answer, in milliseconds, because the client does not read. */
const LONGEST_STALL_MS = 60_000;
/** How long an answer may take to be read, in milliseconds, however steadily: a byte at a time is progress, too. */
const LONGEST_READ_MS = 180_000;

/**
 * Ends connections of clients who do not read what they have asked for: it would be kept for as long as they like.
 * Progress is what the system's buffers take in, as Node's socket timeouts go by. Who streams (a hijacked reply) sees
 * to that themselves.
 */
export function endUnreadAnswers(
  fastify: FastifyInstance,
  logger: Logger,
  stallMs = LONGEST_STALL_MS,
  readMs = LONGEST_READ_MS,
): void {
  const end = ({ id, raw }: FastifyRequest, why: string): void => {
    logger.warn({ requestId: id, why }, 'an answer was not read: its connection is closed');
    // Of the request: a response that waits for the one before it has no socket yet.
    raw.socket.destroy();
  };
  fastify.addHook('onSend', (request, { raw: response }, _payload, done) => {
    const isLate = setTimeout(end, readMs, request, `not read within ${readMs} ms`).unref();
    response.once('close', () => clearTimeout(isLate));
    response.setTimeout(stallMs, () => end(request, `nothing read for ${stallMs} ms`));
    done();
  });
}
