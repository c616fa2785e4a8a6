import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { ClientProxyFactory, Transport, type ClientProxy, type Serializer } from '@nestjs/microservices';
import type { AuthContext } from '@supergraph/auth-context/auth-context';
import { signTxnToken, txnTokenKey } from '@supergraph/auth-context/txn-token';
import { firstValueFrom } from 'rxjs';
import type { RunningService } from './running-service.js';

export const MONOLITH = {
  name: 'monolith',
  secret: 'the monolith and this service know this one',
  scopes: ['subscribers:read', 'subscribers:write'],
} as const;

export const REPORTS = {
  name: 'reports',
  secret: 'the reports and this service know this one, too',
  scopes: ['subscribers:read'],
} as const;

/** A caller in the middle of an exchange of secrets. */
export const ROTATING = {
  name: 'rotating',
  secret: 'the new secret of a caller that exchanges it',
  previousSecret: 'the old secret of a caller that exchanges it',
  scopes: ['subscribers:read'],
} as const;

/** For `withService`: messages on a port that is free. */
export const TCP = { TCP_PORT: '0', TCP_CALLERS: JSON.stringify([MONOLITH, REPORTS, ROTATING]) };

/** A program that acts for itself. */
export const ITSELF: AuthContext = { viewer: null, scopes: new Set(MONOLITH.scopes) };

/** What a caller signs. */
export function callerToken(
  as: AuthContext = ITSELF,
  { name, secret }: { name: string; secret: string } = MONOLITH,
  audience = 'email-subscriptions',
): string {
  return signTxnToken(as, audience, txnTokenKey(secret), name);
}

type Server = Pick<RunningService, 'tcpPort'>;

/** NestJS's own client, which knows nothing of this product but a serializer. */
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

/** What a message comes to: the answer, or the refusal. */
export async function outcome(
  client: ClientProxy,
  cmd: string,
  data: unknown,
): Promise<{ answer: unknown; refusal?: never } | { refusal: unknown; answer?: never }> {
  try {
    return { answer: await firstValueFrom(client.send({ cmd }, data)) };
  } catch (refusal) {
    return { refusal };
  }
}

/** A packet as NestJS frames it. */
export function framed(packet: unknown): string {
  const text = typeof packet === 'string' ? packet : JSON.stringify(packet);
  return `${text.length}#${text}`;
}

/** A socket without manners. */
export class RawSocket {
  private readonly socket: Socket;
  readonly closed: Promise<unknown>;
  received = '';

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => (this.received += String(chunk)));
    // The server may reset it: then it is closed, too.
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => socket.once('close', resolve));
  }

  /** @param allowHalfOpen whether its side stays open when the server closes its own */
  static async open({ tcpPort: port }: Server, { allowHalfOpen = false } = {}): Promise<RawSocket> {
    const socket = connect({ port: port!, host: '127.0.0.1', allowHalfOpen });
    await once(socket, 'connect');
    return new RawSocket(socket);
  }

  /** False while the server takes in no more. */
  write(data: string | Buffer): boolean {
    return this.socket.write(data);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Closes once all that was written is sent. */
  end(): void {
    this.socket.end();
  }

  close(): void {
    this.socket.destroy();
  }
}
