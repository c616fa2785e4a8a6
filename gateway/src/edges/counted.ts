import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Load } from './load.js';

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/**
 * Counts each request in until it is answered and that is sent whole, or its client has left: an answer that nobody
 * reads is kept as long. A live operation is counted with the connections from when it streams.
 */
export function counted(load: Load, handle: Handler): Handler {
  return (request, reply) => {
    const handled = handle(request, reply);
    void load.during(() => answered(reply, handled));
    return handled;
  };
}

async function answered(reply: FastifyReply, handled: Promise<unknown>): Promise<void> {
  await handled.catch(() => undefined);
  const { raw: response } = reply;
  const streams = reply.sent && !response.writableEnded;
  if (streams || response.closed) return;
  await new Promise<void>((resolve) => response.once('close', resolve));
}
