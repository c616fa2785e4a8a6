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
  /** Whatever JSON the test has given. */
  | 'scripted'
  /** The true answer, later than anybody waits for it. */
  | 'latency'
  /** The true answer, cut off in the middle: by default just before its end. */
  | 'cut'
  /** The true answer with bytes in its head, or in its body alone, that are not the true ones. */
  | 'garbled head'
  | 'garbled body';

/** Longer than any deadline in these tests. */
const LATENCY_MS = 20_000;

const PAGES: Partial<Record<Fault, string>> = {
  html: page('502 Bad Gateway', 'text/html', '<html><body>nginx at db.internal:5432</body></html>'),
  redirect: page('302 Found', 'text/plain', '', 'location: http://127.0.0.1:1/\r\n'),
  garbage: page('200 OK', 'application/json', '[1, 2, 3]'),
};

/** A TCP proxy in front of one subgraph, whose `fault` a test changes at will. */
export class FaultProxy {
  fault: Fault = 'none';
  /** How often it was asked so far: connections that it has reset, and pieces of requests that it has read. */
  asked = 0;
  /** After how many bytes of an answer it is cut; null is 20 bytes before its end. */
  cutAfter: number | null = null;
  /** The `scripted` answer. */
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

  static async before(origin: string): Promise<FaultProxy> {
    const port = await freePort();
    const proxy = new FaultProxy(`http://127.0.0.1:${port}`, new URL(origin));
    await new Promise<void>((resolve) => proxy.server.listen(port, '127.0.0.1', resolve));
    return proxy;
  }

  /** Sets the fault and drops the connections of before, so that the next request meets it. */
  meet(fault: Fault): void {
    this.fault = fault;
    for (const socket of this.sockets) socket.destroy();
  }

  /** Keeps what the subgraph answers to itself, until it is released. */
  hold(): void {
    this.heldBack ??= [];
  }

  /** How many pieces of answers are held back now. */
  get held(): number {
    return this.heldBack?.length ?? 0;
  }

  release(): void {
    for (const pass of this.heldBack ?? []) pass();
    this.heldBack = null;
  }

  async close(): Promise<void> {
    this.release();
    this.meet('none');
    await new Promise((resolve) => this.server.close(resolve));
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (this.fault === 'reset') {
      this.asked += 1;
      return void socket.resetAndDestroy();
    }
    socket.on('data', () => (this.asked += 1));
    if (this.fault === 'black hole') return;
    const scripted = this.fault === 'scripted' && page('200 OK', 'application/json', this.json);
    const canned = scripted || PAGES[this.fault];
    if (canned) return void socket.on('data', () => socket.write(canned));

    const upstream = connect(Number(this.target.port), this.target.hostname);
    upstream.on('error', () => socket.destroy());
    upstream.once('close', () => socket.destroy());
    socket.once('close', () => upstream.destroy());
    socket.pipe(upstream);
    upstream.on('data', (bytes) => this.answer(socket, bytes));
  }

  /** Passes on a piece of a true answer, or what the fault makes of it. */
  private answer(socket: Socket, bytes: Buffer): void {
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

/** Every third byte from there on is another one. */
function garbled(bytes: Buffer, from: number): Buffer {
  return bytes.map((byte, index) => (index >= from && index % 3 === 0 ? byte ^ 0x15 : byte)) as Buffer;
}

function page(status: string, type: string, body: string, headers = ''): string {
  return `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
}
