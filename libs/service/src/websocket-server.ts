import type { Server } from 'node:http';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL, handleProtocols } from 'graphql-ws';
import { WebSocketServer } from 'ws';

/**
 * Takes WebSocket upgrades at `path` of an HTTP server. NestJS's own handler leaves an upgrade to any other
 * address unanswered, so that its socket leaks; here it gets a 404 and is closed.
 * @param maxPayload the largest message accepted, in bytes; a larger one closes the socket with 1009
 */
export function acceptWebSockets(server: Server, { path, maxPayload }: { path: string; maxPayload: number }) {
  const webSockets = new WebSocketServer({
    noServer: true,
    maxPayload,
    handleProtocols: (protocols) => handleProtocols(protocols) || false,
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    if (request.url?.split('?')[0] !== path) {
      socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim());
    if (!offered?.includes(GRAPHQL_TRANSPORT_WS_PROTOCOL)) {
      socket.end(
        `HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\nsec-websocket-protocol: ${GRAPHQL_TRANSPORT_WS_PROTOCOL}\r\n\r\n`,
      );
      return;
    }
    webSockets.handleUpgrade(request, socket, head, (webSocket) =>
      webSockets.emit('connection', webSocket, request),
    );
  });
  return webSockets;
}
