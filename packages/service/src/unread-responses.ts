import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Logger } from 'pino';

/** The longest time, in milliseconds, without progress in sending a response, because the client does not read. */
const LONGEST_STALL_MS = 60_000;
/** The longest time, in milliseconds, to send a response, however steadily: one byte at a time is progress, too. */
const LONGEST_READ_MS = 180_000;
/** Responses are checked every twelfth of the longest stall. Few are still unread by then. */
const CHECKS_PER_STALL = 12;

/**
 * Closes connections of clients that do not read their responses, which would otherwise stay in memory. As in Node's
 * socket timeouts, progress means that the kernel has accepted more bytes. Hijacked replies (streams) are left alone
 * until they have ended.
 */
export function closeUnreadResponses(
  fastify: FastifyInstance,
  logger: Logger,
  stallMs = LONGEST_STALL_MS,
  readMs = LONGEST_READ_MS,
): void {
  // Nearly all responses are read at once, so each costs only this entry and no timer.
  const pending = new Set<FastifyReply>();
  fastify.addHook('onRequest', (_request, reply, done) => {
    pending.add(reply);
    done();
  });
  fastify.addHook('onResponse', (_request, reply, done) => {
    pending.delete(reply);
    done();
  });
  const checks = setInterval(() => {
    for (const reply of pending) {
      const { raw: response } = reply;
      if (!response.closed && !response.writableEnded) continue;
      pending.delete(reply);
      if (!response.closed) watch(reply);
    }
  }, stallMs / CHECKS_PER_STALL).unref();
  fastify.addHook('onClose', (_fastify, done) => {
    clearInterval(checks);
    done();
  });

  function watch({ request, raw: response }: FastifyReply): void {
    // The request's socket: a pipelined response that waits for an earlier one has no socket yet.
    const { socket } = request.raw;
    const close = (why: string): void => {
      // Both time limits can pass before the response emits 'close'.
      if (socket.destroyed) return;
      logger.warn({ requestId: request.id, why }, 'a response was not read: its connection is closed');
      socket.destroy();
    };
    const isLate = setTimeout(close, readMs, `not read within ${readMs} ms`).unref();
    response.once('close', () => clearTimeout(isLate));
    response.setTimeout(stallMs, () => close(`nothing read for ${stallMs} ms`));
  }
}
