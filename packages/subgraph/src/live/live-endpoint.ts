import { once } from 'node:events';
import type { Server } from 'node:http';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { acceptWebSockets, GRAPHQL_PATH, LOGGER } from '@kit/service';
import { useServer } from 'graphql-ws/use/ws';
import type { Logger } from 'pino';
import type { WebSocket, WebSocketServer } from 'ws';
import type { TokenVerifier } from '../trust.js';
import { liveOperations } from './operations.js';

/** The gateway's operations are far smaller, and only the gateway may connect. */
const LARGEST_MESSAGE_BYTES = 256 * 1024;

/** "Service Restart" (IANA WebSocket close codes): clients reconnect to another process. */
const CLOSE_SERVICE_RESTART = 1012;

/** How long a client may take to complete the close handshake before its socket is destroyed. */
const CLOSE_TIMEOUT_MS = 2_000;

/** Serves subscriptions by graphql-ws, on the same port and path as GraphQL over HTTP. */
@Injectable()
export class LiveEndpoint implements OnModuleDestroy {
  private webSockets: WebSocketServer | undefined;

  constructor(
    private readonly schemaHost: GraphQLSchemaHost,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Call it once, before the server listens. It does nothing when the schema has no subscriptions. */
  attach(server: Server, verify: TokenVerifier): void {
    const { schema } = this.schemaHost;
    if (!schema.getSubscriptionType()) return;
    this.webSockets = acceptWebSockets(server, {
      path: GRAPHQL_PATH,
      maxPayload: LARGEST_MESSAGE_BYTES,
      logger: this.logger,
    });
    useServer(liveOperations(schema, verify, this.logger), this.webSockets);
    this.webSockets.on('connection', (socket) => {
      // Replaces graphql-ws's listener, which writes to the console and closes a socket that ws has closed already.
      socket.removeAllListeners('error');
      socket.on('error', ({ message }) => this.logger.warn({ why: message }, 'a socket broke'));
    });
  }

  /** In the first shutdown phase, because Apollo Server, which stops next, waits until all connections are closed. */
  async onModuleDestroy(): Promise<void> {
    if (!this.webSockets) return;
    this.webSockets.close();
    await Promise.all([...this.webSockets.clients].map(closeForRestart));
  }
}

async function closeForRestart(socket: WebSocket): Promise<void> {
  const closed = once(socket, 'close');
  const timer = setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS);
  socket.close(CLOSE_SERVICE_RESTART, 'The service restarts');
  await closed;
  clearTimeout(timer);
}
