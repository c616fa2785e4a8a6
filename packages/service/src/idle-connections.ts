import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/**
 * When the server closes, closes connections without a complete request at once, and all others after their responses.
 * Node itself waits for connections on which a request has begun or nothing has arrived yet, and keeps busy connections
 * open for the next request. Browsers open connections in advance, fetch opens one after each aborted request, and an
 * attacker sends half a request. WebSockets have already been closed by their owners.
 */
export function closeIdleConnections(fastify: FastifyInstance): void {
  const pending = new Map<Socket, Set<IncomingMessage>>();
  let isClosing = false;
  const { server } = fastify;
  server.on('connection', (socket) => {
    pending.set(socket, new Set());
    socket.once('close', () => pending.delete(socket));
  });
  server.on('request', (request, response) => {
    const requests = pending.get(request.socket);
    requests?.add(request);
    response.once('close', () => {
      requests?.delete(request);
      if (isClosing && requests?.size === 0) request.socket.end();
    });
  });
  fastify.addHook('preClose', async () => {
    isClosing = true;
    for (const [socket, requests] of pending) {
      if (![...requests].some(({ complete }) => complete)) socket.destroy();
    }
  });
}
