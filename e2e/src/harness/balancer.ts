import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '@supergraph/tools/free-port';

/**
 * One address for several replicas, like a Kubernetes service: each TCP connection goes to the next replica that
 * accepts, and closes with it.
 */
export class Balancer {
  private readonly sockets = new Set<Socket>();
  private next = 0;

  private constructor(
    /** `http://127.0.0.1:21001` */
    readonly origin: string,
    private readonly ports: readonly number[],
    private readonly server: Server,
  ) {
    server.on('connection', (socket) => void this.serve(socket));
  }

  /** @param ports of the replicas, on 127.0.0.1 */
  static async start(ports: readonly number[]): Promise<Balancer> {
    const port = await freePort();
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    return new Balancer(`http://127.0.0.1:${port}`, ports, server);
  }

  /** Resets every connection (RST); returns their number. */
  resetAll(): number {
    const sockets = [...this.sockets];
    for (const socket of sockets) socket.resetAndDestroy();
    return sockets.length;
  }

  async close(): Promise<void> {
    this.resetAll();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(socket: Socket): Promise<void> {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket)).on('error', () => socket.destroy());
    const first = this.next++;
    for (let tried = 0; tried < this.ports.length && !socket.destroyed; tried += 1) {
      const replica = connect(this.ports[(first + tried) % this.ports.length]!, '127.0.0.1');
      replica.on('error', () => replica.destroy());
      const isConnected = await new Promise((resolve) => {
        replica.once('connect', () => resolve(true)).once('close', () => resolve(false));
      });
      if (!isConnected) continue;
      if (socket.destroyed) return void replica.destroy();
      replica.once('close', (hadError) => (hadError ? socket.resetAndDestroy() : socket.destroy()));
      socket.once('close', () => replica.destroy());
      return void socket.pipe(replica).pipe(socket);
    }
    socket.resetAndDestroy();
  }
}
