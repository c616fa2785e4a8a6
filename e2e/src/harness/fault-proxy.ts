import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '@supergraph/tools/free-port';

/** A fault between the gateway and a subgraph. */
export type Fault =
  | 'none'
  /** Resets connections. */
  | 'reset'
  /** Accepts connections and never responds. */
  | 'black hole'
  /** Responds with the error page of a web server. */
  | 'html'
  /** Responds with a redirect, which clients must not follow. */
  | 'redirect'
  /** Responds with JSON that is not a GraphQL result. */
  | 'garbage'
  /** Responds with the JSON of the test. */
  | 'scripted'
  /** Delays the response beyond any deadline. */
  | 'latency'
  /** Truncates the response, by default just before its end. */
  | 'cut'
  /** Corrupts bytes of the response, from its head or its body on. */
  | 'garbled head'
  | 'garbled body';

/** Longer than any deadline in these tests. */
const LATENCY_MS = 20_000;

const PAGES: Partial<Record<Fault, string>> = {
  html: page('502 Bad Gateway', 'text/html', '<html><body>nginx at db.internal:5432</body></html>'),
  redirect: page('302 Found', 'text/plain', '', 'location: http://127.0.0.1:1/\r\n'),
  garbage: page('200 OK', 'application/json', '[1, 2, 3]'),
};

/** A TCP proxy in front of one subgraph that can inject faults. */
export class FaultProxy {
  fault: Fault = 'none';
  /** The number of connections that it has reset, plus the chunks of requests that it has read. */
  requests = 0;
  /** The number of bytes before `cut`; null means 20 bytes before the end. */
  cutAfter: number | null = null;
  /** The `scripted` response. */
  json = '{}';
  private heldBack: (() => void)[] | null = null;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  private constructor(
    readonly origin: string,
    private readonly target: URL,
  ) {
    this.server = createServer((socket) => this.serve(socket));
  }

  static async inFrontOf(origin: string): Promise<FaultProxy> {
    const port = await freePort();
    const proxy = new FaultProxy(`http://127.0.0.1:${port}`, new URL(origin));
    await new Promise<void>((resolve) => proxy.server.listen(port, '127.0.0.1', resolve));
    return proxy;
  }

  /** Sets the fault and closes existing connections, so that it applies to the next request. */
  inject(fault: Fault): void {
    this.fault = fault;
    for (const socket of this.sockets) socket.destroy();
  }

  /** Holds responses back until `release`. */
  hold(): void {
    this.heldBack ??= [];
  }

  /** The number of response chunks held back. */
  get held(): number {
    return this.heldBack?.length ?? 0;
  }

  release(): void {
    for (const pass of this.heldBack ?? []) pass();
    this.heldBack = null;
  }

  async close(): Promise<void> {
    this.release();
    this.inject('none');
    await new Promise((resolve) => this.server.close(resolve));
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (this.fault === 'reset') {
      this.requests += 1;
      return void socket.resetAndDestroy();
    }
    socket.on('data', () => (this.requests += 1));
    if (this.fault === 'black hole') return;
    const scripted = this.fault === 'scripted' && page('200 OK', 'application/json', this.json);
    const canned = scripted || PAGES[this.fault];
    if (canned) return void socket.on('data', () => socket.write(canned));

    const upstream = connect(Number(this.target.port), this.target.hostname);
    upstream.on('error', () => socket.destroy());
    upstream.once('close', () => socket.destroy());
    socket.once('close', () => upstream.destroy());
    socket.pipe(upstream);
    upstream.on('data', (bytes) => this.respond(socket, bytes));
  }

  /** Forwards a chunk of a response, with the fault applied. */
  private respond(socket: Socket, bytes: Buffer): void {
    if (this.heldBack) return void this.heldBack.push(() => socket.write(bytes));
    switch (this.fault) {
      case 'cut':
        return void socket.write(bytes.subarray(0, this.cutAfter ?? bytes.length - 20), () =>
          socket.destroy(),
        );
      case 'latency': {
        const late = setTimeout(() => socket.write(bytes), LATENCY_MS);
        return void socket.once('close', () => clearTimeout(late));
      }
      case 'garbled head':
        return void socket.write(garbled(bytes, 0));
      case 'garbled body':
        return void socket.write(garbled(bytes, bytes.indexOf('\r\n\r\n') + 4));
      default:
        socket.write(bytes);
    }
  }
}

/** Changes every third byte from `from` on. */
function garbled(bytes: Buffer, from: number): Buffer {
  return bytes.map((byte, index) => (index >= from && index % 3 === 0 ? byte ^ 0x15 : byte)) as Buffer;
}

function page(status: string, type: string, body: string, headers = ''): string {
  return `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
}
