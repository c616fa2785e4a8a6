import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Logger } from 'pino';

/** For how long the system may take in nothing of an answer, in milliseconds, because the client does not read. */
const LONGEST_STALL_MS = 60_000;
/** How long an answer may take to be read, in milliseconds, however steadily: a byte at a time is progress, too. */
const LONGEST_READ_MS = 180_000;
/** The share of the longest stall after which an answer is looked at that is not read yet; few ever are. */
const FIRST_LOOK = 1 / 12;

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
  // Nearly all are read at once: what each of them costs is to be noted here and forgotten.
  const underWay = new Set<FastifyReply>();
  fastify.addHook('onRequest', (_request, reply, done) => {
    underWay.add(reply);
    done();
  });
  fastify.addHook('onResponse', (_request, reply, done) => {
    underWay.delete(reply);
    done();
  });
  const looks = setInterval(() => {
    for (const reply of underWay) {
      const { raw: response } = reply;
      // Whoever streams ends it when they are done, and what is not answered yet is nobody's to read.
      if (!response.closed && !response.writableEnded) continue;
      underWay.delete(reply);
      if (!response.closed) watch(reply);
    }
  }, stallMs * FIRST_LOOK).unref();
  fastify.addHook('onClose', (_fastify, done) => {
    clearInterval(looks);
    done();
  });

  function watch({ request, raw: response }: FastifyReply): void {
    const end = (why: string): void => {
      logger.warn({ requestId: request.id, why }, 'an answer was not read: its connection is closed');
      // Of the request: a response that waits for the one before it has no socket yet.
      request.raw.socket.destroy();
    };
    const isLate = setTimeout(end, readMs, `not read within ${readMs} ms`).unref();
    response.once('close', () => clearTimeout(isLate));
    response.setTimeout(stallMs, () => end(`nothing read for ${stallMs} ms`));
  }
}
