import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '@supergraph/tools/free-port';

/**
 * One address for several replicas, by TCP alone, as a Kubernetes service has it: a new connection goes to the next
 * replica that accepts, and ends with the one it went to.
 */
export class Balancer {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private turn = 0;

  private constructor(
    /** `http://127.0.0.1:21001` */
    readonly origin: string,
    private readonly ports: readonly number[],
  ) {
    this.server = createServer((socket) => void this.serve(socket));
  }

  /** @param ports of the replicas, on 127.0.0.1 */
  static async start(ports: readonly number[]): Promise<Balancer> {
    const port = await freePort();
    const balancer = new Balancer(`http://127.0.0.1:${port}`, ports);
    balancer.server.listen(port, '127.0.0.1');
    await once(balancer.server, 'listening');
    return balancer;
  }

  /** Resets every connection (RST), with whatever is on its way; answers how many there were. */
  cut(): number {
    const cut = [...this.sockets];
    for (const socket of cut) socket.resetAndDestroy();
    return cut.length;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(socket: Socket): Promise<void> {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const replica = await this.reach();
    if (!replica || socket.destroyed) {
      replica?.destroy();
      socket.resetAndDestroy();
      return;
    }
    replica.once('close', (hadError) => (hadError ? socket.resetAndDestroy() : socket.destroy()));
    socket.once('close', () => replica.destroy());
    socket.pipe(replica).pipe(socket);
  }

  /** A connection to the first replica that accepts, beginning with the one whose turn it is. */
  private async reach(): Promise<Socket | undefined> {
    const turn = this.turn++;
    for (let tried = 0; tried < this.ports.length; tried += 1) {
      const socket = connect(this.ports[(turn + tried) % this.ports.length]!, '127.0.0.1');
      socket.on('error', () => socket.destroy());
      const accepted = await new Promise<boolean>((resolve) => {
        socket.once('connect', () => resolve(true));
        socket.once('close', () => resolve(false));
      });
      if (accepted) return socket;
    }
    return undefined;
  }
}
