import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/**
 * Closes, when all else is done and the server is about to close, connections on which nothing has ever come. Node
 * takes them for busy and waits for them: browsers open some ahead, and Node's fetch one after each that it aborts.
 */
export function closeSilentConnections(fastify: FastifyInstance): void {
  const connections = new Set<Socket>();
  fastify.server.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  fastify.addHook('preClose', async () => {
    for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
  });
}
