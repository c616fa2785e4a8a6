import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { WebSocket, WebSocketServer } from 'ws';
import { RateLimit } from '../../edges/rate-limit.js';
import type { Identity, IdentityService } from '../../identity/identity.js';
import { RevokedSessions } from '../../identity/revoked-sessions.js';
import { until } from '../../identity/testing/until.js';
import { LiveFigures } from '../metrics/figures.js';
import type { Operations } from '../operations.js';
import { systemClock } from './clock.js';
import { Connections } from './connections.js';
import { GraphqlWsConnection } from './graphql-ws-connection.js';
import { SharedFrames } from './shared-frames.js';

const ADA: Identity = { viewer: { userId: 'ada', sessionId: 's' }, scopes: new Set() };

let server: WebSocketServer;
let revoked: RevokedSessions;
let connections: Connections;
/** What happens between the look at a token and what it is good for. */
let meanwhile: () => void;
beforeEach(async () => {
  revoked = new RevokedSessions(systemClock);
  connections = new Connections({ all: 3, perViewer: 3, strangers: 3 }, systemClock, revoked);
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket, request) =>
    GraphqlWsConnection.serve(
      socket,
      request.socket,
      { place: 'here', origin: { ip: null, userAgent: null } },
      {
        identities: {
          identify: async () => {
            meanwhile();
            return ADA;
          },
        } as unknown as IdentityService,
        operations: { figures: new LiveFigures() } as Operations,
        connections,
        frames: new SharedFrames(),
        rateLimit: new RateLimit({ operations: 0, seconds: 1, trustedHops: 0 }),
        logger: pino({ level: 'silent' }),
        initTimeoutMs: 5_000,
        mostOperations: 3,
      },
    ),
  );
  await once(server, 'listening');
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

/** Opens a socket with a token; answers what the gateway says to it until it closes. */
async function closeOf(whenAcknowledged: () => void) {
  const { port } = server.address() as AddressInfo;
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, 'graphql-transport-ws');
  const messages: string[] = [];
  socket.on('message', (data) => {
    messages.push((data as Buffer).toString());
    whenAcknowledged();
  });
  socket.once('open', () => socket.send('{"type":"connection_init"}'));
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
  return { messages, code, reason: reason.toString() };
}

test('a session that is ended while its token is looked at gets no connection', async () => {
  meanwhile = () => revoked.add(['s']);
  expect(await closeOf(() => {})).toEqual({ messages: [], code: 4403, reason: 'SUBSCRIPTION_AUTH_EXPIRED' });
});

test('a session that is ended later ends its connection', async () => {
  meanwhile = () => {};
  expect(await closeOf(() => revoked.add(['s']))).toEqual({
    messages: ['{"type":"connection_ack"}'],
    code: 4403,
    reason: 'SUBSCRIPTION_AUTH_EXPIRED',
  });
  await until(() => connections.size === 0);
});
