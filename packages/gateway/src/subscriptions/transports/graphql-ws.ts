import type { IncomingMessage } from 'node:http';
import type { OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { acceptWebSockets, GRAPHQL_PATH, type Rejection } from '@kit/service';

import type { FastifyInstance } from 'fastify';
import type { WebSocket } from 'ws';
import { requestOrigin } from '../../edge/request-origin.js';
import type { Load } from '../../edge/load.js';
import { RETRY_AFTER_SECONDS, TOO_BUSY } from '../../request/gateway-errors.js';
import { LIMITS } from '../../operation/limits/limits.js';
import type { Origins } from '../../edge/origins.js';
import { GraphqlWsConnection, type ConnectionOptions } from './graphql-ws-connection.js';

/** The largest message of a client in bytes, equal to the limit of request bodies over HTTP. */
export const REQUEST_LIMIT = LIMITS.body;

const OVERLOADED: Rejection = {
  status: 503,
  error: TOO_BUSY,
  headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
};

export interface WebSocketSettings extends Pick<ConnectionOptions, 'initTimeoutMs' | 'mostOperations'> {
  /** Headers of every response that rejects a WebSocket. */
  readonly headers: Readonly<Record<string, string>>;
  /** The number of trusted proxies in front of the gateway. */
  readonly trustedHops: number;
  /** The longest time over which connections are ended during a drain, in milliseconds. */
  readonly drainWindowMs: number;
}

export interface TransportOptions extends ConnectionOptions, WebSocketSettings {
  /** The origins whose pages may open a socket. */
  readonly origins: Origins;
  /** New sockets are rejected under overload. */
  readonly load: Load;
}

/** Serves WebSockets at the same path as HTTP, and ends them when the gateway drains. */
export class GraphqlWsTransport implements OnApplicationBootstrap {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly options: TransportOptions,
  ) {}

  onApplicationBootstrap(): void {
    const { options } = this;
    const { connections, drainWindowMs, headers, logger, rateLimit, trustedHops } = options;
    const fastify = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    const served = new WeakMap<WebSocket, GraphqlWsConnection>();
    const webSockets = acceptWebSockets(fastify.server, {
      path: GRAPHQL_PATH,
      maxPayload: REQUEST_LIMIT,
      headers,
      logger,
      rejection: (request) => this.rejection(request),
      isTrusted: (socket) => served.get(socket)?.hasViewer ?? false,
      giveUp: (socket, reason) => served.get(socket)?.evict(reason),
    });
    webSockets.on('connection', (socket: WebSocket, request: IncomingMessage) => {
      const source = { address: rateLimit.placeOf(request), origin: requestOrigin(request, trustedHops) };
      served.set(socket, GraphqlWsConnection.serve(socket, request.socket, source, options));
    });
    // The HTTP server does not close before its sockets do.
    fastify.addHook('preClose', () => connections.drain(drainWindowMs));
  }

  private rejection({ headers }: IncomingMessage): Rejection | null {
    const { connections, origins, load } = this.options;
    const why = origins.rejection(headers);
    if (why !== null) return { status: 403, error: { message: why, extensions: { code: 'FORBIDDEN' } } };
    if (connections.isDraining || load.isTooMuch || !connections.ensureCapacity()) return OVERLOADED;
    return null;
  }
}
