import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { JsonSocket } from '@nestjs/microservices';

/** A message of the client. */
export interface Packet {
  readonly id?: string;
  readonly pattern: unknown;
  readonly data: unknown;
  readonly txnToken: string;
  readonly requestId?: string;
}

/** How the service responds to a packet. */
export type Behaviour = (packet: Packet, socket: Socket) => void;

/** Sends any text with NestJS's framing. Like NestJS, it stops reading until the client has read the text. */
export function sendText(socket: Socket, text: string): void {
  if (socket.write(`${text.length}#${text}`)) return;
  socket.pause();
  socket.once('drain', () => socket.resume());
}

export const respondWith =
  (respond: (packet: Packet) => object): Behaviour =>
  (packet, socket) =>
    sendText(socket, JSON.stringify({ id: packet.id, ...respond(packet), isDisposed: true }));

/** Returns the data of each message. */
export const echo = respondWith(({ data }) => ({ response: data }));

export const ignore: Behaviour = () => undefined;

/** A service with configurable faults. */
export class FakeService {
  readonly packets: Packet[] = [];
  readonly sockets = new Set<Socket>();
  /** The number of connections since the start. */
  connections = 0;

  private constructor(
    private readonly server: ReturnType<typeof createServer>,
    public behaviour: Behaviour,
  ) {}

  static async start(
    behaviour: Behaviour = echo,
    { port = 0, tls }: { port?: number; tls?: TlsOptions } = {},
  ): Promise<FakeService> {
    const server = tls ? createTlsServer(tls) : createServer();
    const service = new FakeService(server, behaviour);
    server.on('connection', (socket: Socket) => service.note(socket));
    server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => service.serve(socket));
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return service;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Breaks all connections and keeps accepting new ones. */
  breakConnections(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  async stop(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.breakConnections();
    await closed;
  }

  private note(socket: Socket): void {
    this.connections += 1;
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => undefined);
  }

  private serve(socket: Socket): void {
    socket.on('error', () => undefined);
    new JsonSocket(socket).on('message', (packet: unknown) => {
      this.packets.push(packet as Packet);
      this.behaviour(packet as Packet, socket);
    });
  }
}
