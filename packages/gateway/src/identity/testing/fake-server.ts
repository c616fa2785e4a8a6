import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export type FakeResponse = { readonly status?: number; readonly body: string } | 'hang up';

/** A server whose responses a test sets. */
export class FakeServer {
  private readonly server: Server;
  /** The received requests, in order. */
  readonly received: Pick<IncomingMessage, 'url' | 'headers'>[] = [];
  answer: (url: string) => FakeResponse | Promise<FakeResponse> = () => 'hang up';

  private constructor() {
    this.server = createServer((request, response) => {
      const { url = '', headers } = request;
      this.received.push({ url, headers });
      void Promise.resolve(this.answer(url)).then((answer) => {
        if (answer === 'hang up') request.socket.destroy();
        else response.writeHead(answer.status ?? 200).end(answer.body);
      });
    });
  }

  static async start(): Promise<FakeServer> {
    const server = new FakeServer();
    await once(server.server.listen(0, '127.0.0.1'), 'listening');
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
