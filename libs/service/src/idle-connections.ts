import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/**
 * Closes, when all else is done and the server is about to close, connections on which no request is under way. Node
 * takes those for busy on which a request has begun to come, or nothing has come yet, and waits for them: browsers open
 * some ahead, Node's fetch one after each that it aborts, and an attacker sends half a request.
 */
export function closeIdleConnections(fastify: FastifyInstance): void {
  const underWay = new Map<Socket, number>();
  const { server } = fastify;
  server.on('connection', (socket) => {
    underWay.set(socket, 0);
    socket.once('close', () => underWay.delete(socket));
  });
  // Those that have become WebSockets are closed by whom they belong to.
  server.on('upgrade', ({ socket }) => underWay.delete(socket));
  server.on('request', ({ socket }, response) => {
    const add = (count: number) => {
      const now = underWay.get(socket);
      if (now !== undefined) underWay.set(socket, now + count);
    };
    add(1);
    response.once('close', () => add(-1));
  });
  fastify.addHook('preClose', async () => {
    for (const [socket, count] of underWay) if (count === 0) socket.destroy();
  });
}
