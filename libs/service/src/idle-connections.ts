import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/**
 * Closes, when all else is done and the server is about to close, connections on which there is no whole request to
 * answer, and all others once their requests are answered. Node keeps a connection that was busy when the server closed
 * open for the next request. It takes those for busy on which a request has begun to come, or nothing has come yet, and waits for them:
 * browsers open some ahead, Node's fetch one after each that it aborts, and an attacker sends half a request.
 * WebSockets are closed by then, by whom they belong to.
 */
export function closeIdleConnections(fastify: FastifyInstance): void {
  const underWay = new Map<Socket, Set<IncomingMessage>>();
  let isClosing = false;
  const { server } = fastify;
  server.on('connection', (socket) => {
    underWay.set(socket, new Set());
    socket.once('close', () => underWay.delete(socket));
  });
  server.on('request', (request, response) => {
    const requests = underWay.get(request.socket);
    requests?.add(request);
    response.once('close', () => {
      requests?.delete(request);
      if (isClosing && requests?.size === 0) request.socket.end();
    });
  });
  fastify.addHook('preClose', async () => {
    isClosing = true;
    for (const [socket, requests] of underWay) {
      if (![...requests].some(({ complete }) => complete)) socket.destroy();
    }
  });
}
