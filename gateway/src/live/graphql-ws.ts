import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { drain } from '@supergraph/service/health';
import { GRAPHQL_PATH } from '@supergraph/service/subgraph';
import { acceptWebSockets } from '@supergraph/service/websocket-server';
import type { FastifyInstance } from 'fastify';
import { GraphqlWsConnection, type ConnectionOptions } from './graphql-ws-connection.js';

/** The largest message that a client may send, in bytes; the same as a request body over HTTP. */
export const REQUEST_LIMIT = 1024 * 1024;

const SERVICE_RESTART = 1012;
const DRAINING = 'SUBSCRIPTION_SERVER_DRAINING';
const CLOSE_GRACE_MS = 1_000;

/** WebSocket at the same address as HTTP: takes upgrades, makes connections, closes them when the gateway drains. */
@Injectable()
export class GraphqlWsTransport implements OnApplicationBootstrap {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly options: ConnectionOptions,
  ) {}

  onApplicationBootstrap(): void {
    const fastify = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    const webSockets = acceptWebSockets(fastify.server, { path: GRAPHQL_PATH, maxPayload: REQUEST_LIMIT });
    webSockets.on('connection', (socket) => {
      if (drain.started) socket.close(SERVICE_RESTART, DRAINING);
      else GraphqlWsConnection.serve(socket, this.options);
    });
    // The HTTP server does not close before its sockets do.
    fastify.addHook('preClose', async () => {
      for (const socket of webSockets.clients) {
        socket.close(SERVICE_RESTART, DRAINING);
        setTimeout(() => socket.terminate(), CLOSE_GRACE_MS).unref();
      }
    });
  }
}
