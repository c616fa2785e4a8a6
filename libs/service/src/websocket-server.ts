import type { IncomingMessage, Server } from 'node:http';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL, handleProtocols } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import { UNFINISHED_LIMITS, UnfinishedMessages, type UnfinishedOptions } from './unfinished-messages.js';

/** Messages of ours come whole; one in more pieces, or a reader that is behind by more, is an attack on the memory. */
const MOST_FRAGMENTS = 1_000;
const MOST_CHUNKS = 16 * 1024;

/** How a client is turned away. */
export interface Refusal {
  /** The status line of HTTP, and headers if need be. */
  readonly head: string;
  /** The body, in words. */
  readonly why?: string;
}

export interface WebSocketOptions extends UnfinishedOptions {
  readonly path: string;
  /** The largest message accepted, in bytes; a larger one closes the socket with 1009. */
  readonly maxPayload: number;
  /** Null for those who may come in. */
  readonly refuse?: (request: IncomingMessage) => Refusal | null;
}

/**
 * Takes WebSocket upgrades at `path` of an HTTP server. NestJS's own handler leaves an upgrade to any other
 * address unanswered, so that its socket leaks; here whoever is not let in gets an answer and is closed.
 */
export function acceptWebSockets(server: Server, options: WebSocketOptions) {
  const { path, maxPayload, refuse } = options;
  const unfinished = new UnfinishedMessages(UNFINISHED_LIMITS, options);
  const webSockets = new WebSocketServer({
    noServer: true,
    maxPayload,
    maxFragments: MOST_FRAGMENTS,
    maxBufferedChunks: MOST_CHUNKS,
    handleProtocols: (protocols) => handleProtocols(protocols) || false,
  });
  const refusal = (request: IncomingMessage): Refusal | null => {
    if (request.url?.split('?')[0] !== path) return { head: '404 Not Found' };
    const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim());
    if (!offered?.includes(GRAPHQL_TRANSPORT_WS_PROTOCOL)) {
      return { head: `400 Bad Request\r\nsec-websocket-protocol: ${GRAPHQL_TRANSPORT_WS_PROTOCOL}` };
    }
    return refuse?.(request) ?? null;
  };
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const refused = refusal(request);
    if (refused !== null) {
      // Destroyed once that is written: a client that never closes its half must not keep the socket.
      socket.end(answer(refused), () => socket.destroy());
      return;
    }
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      unfinished.watch(webSocket, socket);
      webSockets.emit('connection', webSocket, request);
    });
  });
  return webSockets;
}

function answer({ head, why = '' }: Refusal): string {
  const type = why && 'content-type: text/plain; charset=utf-8\r\nx-content-type-options: nosniff\r\n';
  const length = Buffer.byteLength(why);
  return `HTTP/1.1 ${head}\r\nconnection: close\r\n${type}content-length: ${length}\r\n\r\n${why}`;
}
