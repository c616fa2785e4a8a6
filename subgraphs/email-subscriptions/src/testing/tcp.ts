import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { ClientProxyFactory, Transport, type ClientProxy, type Serializer } from '@nestjs/microservices';
import { type AuthContext, signTxnToken, txnTokenKey } from '@kit/auth';

import { firstValueFrom } from 'rxjs';
import type { RunningService } from './running-service.js';

export const MONOLITH = {
  name: 'monolith',
  secret: 'a secret of the monolith and this service',
  scopes: ['subscribers:read', 'subscribers:write'],
} as const;

export const REPORTS = {
  name: 'reports',
  secret: 'a secret of the reports and this service',
  scopes: ['subscribers:read'],
} as const;

/** Another program that adds subscribers. */
export const IMPORTS = {
  name: 'imports',
  secret: 'a secret of the imports and this service',
  scopes: MONOLITH.scopes,
} as const;

/** A caller during the rotation of its secret. */
export const ROTATING = {
  name: 'rotating',
  secret: 'the new secret of a caller during a rotation',
  previousSecret: 'the old secret of a caller during a rotation',
  scopes: ['subscribers:read'],
} as const;

/** For `withService`: listens for messages on a free port. */
export const TCP = { TCP_PORT: '0', TCP_CALLERS: JSON.stringify([MONOLITH, REPORTS, IMPORTS, ROTATING]) };

/** A program that acts on its own behalf. */
export const PROGRAM: AuthContext = { viewer: null, scopes: new Set(MONOLITH.scopes) };

/** The token of a caller. */
export function callerToken(
  as: AuthContext = PROGRAM,
  { name, secret }: { name: string; secret: string } = MONOLITH,
  audience = 'email-subscriptions',
): string {
  return signTxnToken(as, audience, txnTokenKey(secret), name);
}

type Server = Pick<RunningService, 'tcpPort'>;

/** NestJS's own client with a serializer that adds the token. */
export function stockClient(
  { tcpPort }: Server,
  token: (() => string) | null = callerToken,
  tlsOptions?: ConnectionOptions,
): ClientProxy {
  const serializer: Serializer = {
    serialize: (packet: object) => ({ ...packet, ...(token && { txnToken: token() }) }),
  };
  return ClientProxyFactory.create({
    transport: Transport.TCP,
    options: { port: tcpPort!, host: '127.0.0.1', serializer, ...(tlsOptions && { tlsOptions }) },
  });
}

/** Sends a message and returns its result or its error. */
export async function outcome(
  client: ClientProxy,
  cmd: string,
  data: unknown,
): Promise<{ result: unknown; error?: never } | { error: unknown; result?: never }> {
  try {
    return { result: await firstValueFrom(client.send({ cmd }, data)) };
  } catch (error) {
    return { error };
  }
}

/** A packet with NestJS's framing. */
export function framed(packet: unknown): string {
  const text = typeof packet === 'string' ? packet : JSON.stringify(packet);
  return `${text.length}#${text}`;
}

/** A socket that sends any bytes. */
export class RawSocket {
  private readonly socket: Socket;
  readonly closed: Promise<unknown>;
  received = '';

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => (this.received += String(chunk)));
    // The server may reset the connection, which also closes it.
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => socket.once('close', resolve));
  }

  /** @param allowHalfOpen keeps its side open when the server closes its own */
  static async open({ tcpPort: port }: Server, { allowHalfOpen = false } = {}): Promise<RawSocket> {
    const socket = connect({ port: port!, host: '127.0.0.1', allowHalfOpen });
    await once(socket, 'connect');
    return new RawSocket(socket);
  }

  /** @returns false while the buffers are full */
  write(data: string | Buffer): boolean {
    return this.socket.write(data);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Closes the connection after all data is sent. */
  end(): void {
    this.socket.end();
  }

  close(): void {
    this.socket.destroy();
  }
}
