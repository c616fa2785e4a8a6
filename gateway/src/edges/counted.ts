import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Load } from './load.js';

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/**
 * Counts each request in until it is handled and its answer is sent whole, or its client has left: an answer that
 * nobody reads is kept as long. A live operation is counted with the connections from when it streams.
 */
export function counted(load: Load, handle: Handler): Handler {
  const end = () => load.end();
  return (request, reply) => {
    load.begin();
    const { raw: response } = reply;
    const handled = handle(request, reply);
    const answered = () => {
      const streams = reply.sent && !response.writableEnded;
      if (streams || response.closed) end();
      else response.once('close', end);
    };
    handled.then(answered, answered);
    return handled;
  };
}
