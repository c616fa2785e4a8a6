import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '@supergraph/tools/free-port';

/** What happens to bytes between the gateway and a subgraph. */
export type Fault =
  | 'none'
  /** Connections are reset at once. */
  | 'reset'
  /** Connections are accepted, and nothing ever answers. */
  | 'black hole'
  /** A web server's error page, whatever was asked. */
  | 'html'
  /** A redirect, which nobody should follow. */
  | 'redirect'
  /** JSON that is no GraphQL result. */
  | 'garbage'
  /** The true answer, cut off in the middle. */
  | 'cut';

const PAGES: Partial<Record<Fault, string>> = {
  html: page('502 Bad Gateway', 'text/html', '<html><body>nginx at db.internal:5432</body></html>'),
  redirect: page('302 Found', 'text/plain', '', 'location: http://127.0.0.1:1/\r\n'),
  garbage: page('200 OK', 'application/json', '[1, 2, 3]'),
};

/** A TCP proxy in front of one subgraph, whose `fault` a test changes at will. */
export class FaultProxy {
  fault: Fault = 'none';
  #held: (() => void)[] | null = null;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(
    readonly origin: string,
    private readonly target: URL,
  ) {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async before(origin: string): Promise<FaultProxy> {
    const port = await freePort();
    const proxy = new FaultProxy(`http://127.0.0.1:${port}`, new URL(origin));
    await new Promise<void>((resolve) => proxy.#server.listen(port, '127.0.0.1', resolve));
    return proxy;
  }

  /** Sets the fault and drops the connections of before, so that the next request meets it. */
  meet(fault: Fault): void {
    this.fault = fault;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Keeps what the subgraph answers to itself, until it is released. */
  hold(): void {
    this.#held ??= [];
  }

  /** How many pieces of answers are held back now. */
  get held(): number {
    return this.#held?.length ?? 0;
  }

  release(): void {
    for (const pass of this.#held ?? []) pass();
    this.#held = null;
  }

  async close(): Promise<void> {
    this.release();
    this.meet('none');
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (this.fault === 'reset') return void socket.resetAndDestroy();
    if (this.fault === 'black hole') return;
    const canned = PAGES[this.fault];
    if (canned) return void socket.on('data', () => socket.write(canned));

    const upstream = connect(Number(this.target.port), this.target.hostname);
    upstream.on('error', () => socket.destroy());
    upstream.once('close', () => socket.destroy());
    socket.once('close', () => upstream.destroy());
    socket.pipe(upstream);
    if (this.fault === 'cut') {
      upstream.once('data', (bytes) =>
        socket.write(bytes.subarray(0, bytes.length - 20), () => socket.destroy()),
      );
    } else {
      upstream.on('data', (bytes) => {
        if (this.#held) this.#held.push(() => socket.write(bytes));
        else socket.write(bytes);
      });
    }
  }
}

function page(status: string, type: string, body: string, headers = ''): string {
  return `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n${headers}\r\n${body}`;
}
