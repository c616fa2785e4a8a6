import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Load } from './load.js';

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/**
 * Counts a request as load until its handler is done and the response is sent or the client has disconnected. A
 * response that the client does not read takes memory until then. A stream no longer counts once it has started,
 * since it counts as a connection.
 */
export function counted(load: Load, handle: Handler): Handler {
  const end = () => load.end();
  return (request, reply) => {
    load.begin();
    const { raw: response } = reply;
    // In a promise even when the handler throws before it returns one.
    const handled = (async () => handle(request, reply))();
    const onHandled = () => {
      const streams = reply.sent && !response.writableEnded;
      if (streams || response.closed) end();
      else response.once('close', end);
    };
    handled.then(onHandled, onHandled);
    return handled;
  };
}
