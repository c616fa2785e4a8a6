import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { WebSocketServer } from 'ws';
import { RateLimit } from '../../../edge/rate-limit.js';
import { SubscriptionFigures } from '../../../telemetry/figures.js';
import type { Operations } from '../../operations.js';
import { GraphqlWsConnection, type ConnectionOptions } from '../graphql-ws-connection.js';
import { SubscriptionLimit } from '../subscription-limit.js';
import { SharedFrames } from '../shared-frames.js';

type Given = Partial<ConnectionOptions> & Pick<ConnectionOptions, 'identities' | 'connections'>;

/** Serves `GraphqlWsConnection`s over real WebSockets, without upgrade checks and without subgraphs. */
export class ServedSockets {
  private constructor(private readonly server: WebSocketServer) {}

  static async start(given: Given): Promise<ServedSockets> {
    const options: ConnectionOptions = {
      operations: { figures: new SubscriptionFigures() } as Operations,
      frames: new SharedFrames(),
      rateLimit: new RateLimit({ operations: 0, seconds: 1, trustedHops: 0 }),
      subscriptionLimit: new SubscriptionLimit(3),
      logger: pino({ level: 'silent' }),
      initTimeoutMs: 5_000,
      mostOperations: 3,
      ...given,
    };
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    const source = { address: 'here', origin: { ip: null, userAgent: null } };
    server.on('connection', (socket, { socket: stream }) =>
      GraphqlWsConnection.serve(socket, stream, source, options),
    );
    await once(server, 'listening');
    return new ServedSockets(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const client of this.server.clients) client.terminate();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
