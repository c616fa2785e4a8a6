import { once } from 'node:events';
import type { Server } from 'node:http';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { GRAPHQL_PATH } from '@supergraph/service/graphql-endpoint';
import type { TokenVerifier } from '@supergraph/service/subgraph';
import { acceptWebSockets } from '@supergraph/service/websocket-server';
import { useServer } from 'graphql-ws/use/ws';
import type { Logger } from 'pino';
import type { WebSocket, WebSocketServer } from 'ws';
import { LOGGER } from '../core.module.js';
import { liveOperations } from './operations.js';

/** The gateway's operations are far smaller, and no one else's are welcome. */
const LARGEST_MESSAGE_BYTES = 256 * 1024;

/** The service restarts (IANA WebSocket close codes): clients come back and find another process. */
const CLOSE_SERVICE_RESTART = 1012;

/** How long a peer may take to answer a close before its socket is cut. */
const CLOSE_TIMEOUT_MS = 2_000;

/** graphql-ws on the address that serves GraphQL over HTTP too. */
@Injectable()
export class LiveEndpoint implements OnModuleDestroy {
  private webSockets: WebSocketServer | undefined;

  constructor(
    private readonly schemaHost: GraphQLSchemaHost,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** To be called once, when the schema is built and before the server listens. */
  attach(server: Server, verify: TokenVerifier): void {
    this.webSockets = acceptWebSockets(server, {
      path: GRAPHQL_PATH,
      maxPayload: LARGEST_MESSAGE_BYTES,
      logger: this.logger,
    });
    useServer(liveOperations(this.schemaHost.schema, verify, this.logger), this.webSockets);
    this.webSockets.on('connection', (socket) => {
      // In place of graphql-ws's listener, which writes to the console and closes what ws has closed already.
      socket.removeAllListeners('error');
      socket.on('error', ({ message }) => this.logger.warn({ why: message }, 'a socket broke'));
    });
  }

  /** As early as can be: Apollo Server, which stops next, waits until every connection is closed. */
  async onModuleDestroy(): Promise<void> {
    if (!this.webSockets) return;
    this.webSockets.close();
    await Promise.all([...this.webSockets.clients].map(closeForRestart));
  }
}

async function closeForRestart(socket: WebSocket): Promise<void> {
  const closed = once(socket, 'close');
  const impatience = setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS);
  socket.close(CLOSE_SERVICE_RESTART, 'The service restarts');
  await closed;
  clearTimeout(impatience);
}
