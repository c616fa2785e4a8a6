import type { IncomingMessage, Server } from 'node:http';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL, handleProtocols } from 'graphql-ws';
import { WebSocketServer } from 'ws';

/** Messages of ours come whole; one in more pieces, or a reader that is behind by more, is an attack on the memory. */
const MOST_FRAGMENTS = 1_000;
const MOST_CHUNKS = 16 * 1024;

export interface WebSocketOptions {
  readonly path: string;
  /** The largest message accepted, in bytes; a larger one closes the socket with 1009. */
  readonly maxPayload: number;
  /** The HTTP status line that a client is turned away with, and headers if need be; null for those who may come in. */
  readonly refuse?: (request: IncomingMessage) => string | null;
}

/**
 * Takes WebSocket upgrades at `path` of an HTTP server. NestJS's own handler leaves an upgrade to any other
 * address unanswered, so that its socket leaks; here whoever is not let in gets an answer and is closed.
 */
export function acceptWebSockets(server: Server, { path, maxPayload, refuse }: WebSocketOptions) {
  const webSockets = new WebSocketServer({
    noServer: true,
    maxPayload,
    maxFragments: MOST_FRAGMENTS,
    maxBufferedChunks: MOST_CHUNKS,
    handleProtocols: (protocols) => handleProtocols(protocols) || false,
  });
  const refusal = (request: IncomingMessage): string | null => {
    if (request.url?.split('?')[0] !== path) return '404 Not Found';
    const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim());
    if (!offered?.includes(GRAPHQL_TRANSPORT_WS_PROTOCOL)) {
      return `400 Bad Request\r\nsec-websocket-protocol: ${GRAPHQL_TRANSPORT_WS_PROTOCOL}`;
    }
    return refuse?.(request) ?? null;
  };
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const why = refusal(request);
    if (why !== null) {
      // Destroyed once that is written: a client that never closes its half must not keep the socket.
      socket.end(`HTTP/1.1 ${why}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`, () => socket.destroy());
      return;
    }
    webSockets.handleUpgrade(request, socket, head, (webSocket) =>
      webSockets.emit('connection', webSocket, request),
    );
  });
  return webSockets;
}
