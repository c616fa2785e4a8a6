import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { GraphQLFormattedError } from 'graphql';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL, handleProtocols } from 'graphql-ws';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import { badRequestError } from './bad-request.js';
import { rawResponse } from './raw-response.js';
import { newRequestId } from './request-id.js';
import { UNFINISHED_LIMITS, UnfinishedMessages, type UnfinishedOptions } from './unfinished-messages.js';

/** Clients send messages in one piece. More fragments, or more unread chunks, are an attack on memory. */
const MOST_FRAGMENTS = 1_000;
const MOST_CHUNKS = 16 * 1024;

/** Why an upgrade is rejected. */
export interface Rejection {
  readonly status: number;
  readonly error: GraphQLFormattedError;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface WebSocketOptions extends UnfinishedOptions {
  readonly path: string;
  /** The largest message accepted, in bytes. A larger one closes the socket with 1009. */
  readonly maxPayload: number;
  readonly logger: Logger;
  /** Headers of every response that rejects an upgrade. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Returns null to accept the upgrade. */
  readonly rejection?: (request: IncomingMessage) => Rejection | null;
}

const NOT_FOUND: Rejection = {
  status: 404,
  error: { message: 'There is nothing at this address.', extensions: { code: 'NOT_FOUND' } },
};

const OTHER_PROTOCOL: Rejection = {
  status: 400,
  error: badRequestError(`Offer the WebSocket sub-protocol ${GRAPHQL_TRANSPORT_WS_PROTOCOL}.`),
  headers: { 'sec-websocket-protocol': GRAPHQL_TRANSPORT_WS_PROTOCOL },
};

/**
 * Accepts WebSocket upgrades at `path` of an HTTP server. All other upgrades get a response and are closed. (NestJS's own
 * handler ignores upgrades at other paths, so their sockets leak.)
 */
export function acceptWebSockets(server: Server, options: WebSocketOptions) {
  const { path, maxPayload, rejection, logger, headers = {} } = options;
  const unfinished = new UnfinishedMessages(UNFINISHED_LIMITS, options);
  const webSockets = new WebSocketServer({
    noServer: true,
    maxPayload,
    maxFragments: MOST_FRAGMENTS,
    maxBufferedChunks: MOST_CHUNKS,
    handleProtocols: (protocols) => handleProtocols(protocols) || false,
  });
  const rejectionOf = (request: IncomingMessage): Rejection | null => {
    if (request.url?.split('?')[0] !== path) return NOT_FOUND;
    const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim());
    if (!offered?.includes(GRAPHQL_TRANSPORT_WS_PROTOCOL)) return OTHER_PROTOCOL;
    return rejection?.(request) ?? null;
  };
  const reject = (socket: Duplex, rejected: Rejection) => {
    const requestId = newRequestId();
    const { status, error } = rejected;
    const known = rejected === NOT_FOUND ? 'none' : path;
    logger.info({ requestId, path: known, status, code: error.extensions?.['code'] }, 'WebSocket rejected');
    const response = rawResponse(status, error, requestId, { ...headers, ...rejected.headers });
    // Destroyed after the response: a client that never closes its side must not keep the socket.
    socket.end(response, () => socket.destroy());
  };
  // ws itself would respond to an unknown version or an invalid key.
  webSockets.on('wsClientError', ({ message }, socket) =>
    reject(socket, {
      status: 400,
      error: badRequestError(`${message}.`),
      headers: { 'sec-websocket-version': '13' },
    }),
  );
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const rejected = rejectionOf(request);
    if (rejected !== null) return reject(socket, rejected);
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      unfinished.watch(webSocket, socket);
      webSockets.emit('connection', webSocket, request);
    });
  });
  return webSockets;
}
