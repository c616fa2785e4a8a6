import { once } from 'node:events';
import { Fault } from '@supergraph/tools/fault';
import { WebSocket } from 'ws';
import type { Endpoint } from './endpoint.js';
import { numberIn } from './numbered-address.js';

export interface Watch {
  readonly endpoint: Endpoint;
  /** Takes `$after`, requests bookmarks, and selects the subscriber's address. */
  readonly query: string;
  /** Called with the number in each event's address (numbered-address.ts). The subscription fails if it throws. */
  readonly onNumber: (number: number) => void;
  /** Called for each event whose address has no number. By default the subscription fails. */
  readonly onOther?: () => void;
  /** The cursor to resume after. Default: new events only. */
  readonly after?: string;
}

/** A client that subscribes to `subscriberAdded` over its own WebSocket (graphql-transport-ws). */
export class Watcher {
  /** Rejects when the subscription ends before {@link close}. */
  readonly broken: Promise<never>;
  private readonly socket: WebSocket;

  private constructor(url: string) {
    this.socket = new WebSocket(url, 'graphql-transport-ws', { perMessageDeflate: false });
    this.broken = new Promise((_, reject) => {
      this.socket.on('error', reject);
      this.socket.once('close', (code, reason) => reject(new Fault(`closed: ${code} ${String(reason)}`)));
    });
    this.broken.catch(() => undefined);
  }

  /** Returns when the first bookmark shows that the subscription is active. */
  static async open(watch: Watch): Promise<Watcher> {
    const watcher = new Watcher(watch.endpoint.webSocketUrl);
    await Promise.race([watcher.subscribe(watch), watcher.broken]);
    return watcher;
  }

  close(): void {
    this.socket.terminate();
  }

  private async subscribe({
    endpoint: { credentials },
    query,
    onNumber,
    onOther,
    after,
  }: Watch): Promise<void> {
    const socket = this.socket;
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: credentials.connectionInit() }));
    const [acknowledgement] = (await once(socket, 'message')) as [Buffer];
    if (!acknowledgement.includes('connection_ack')) throw new Fault(String(acknowledgement));
    const payload = { query, variables: { after }, extensions: credentials.extensions() };
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
    return new Promise((resolve) => {
      socket.on('message', (message: Buffer) => {
        try {
          const number = numberIn(message);
          if (number !== undefined) onNumber(number);
          else if (message.includes('"subscriber":null')) resolve();
          else if (message.includes('"type":"ping"')) socket.send('{"type":"pong"}');
          else if (onOther && message.includes('"type":"next"')) onOther();
          else throw new Fault(`unexpected message: ${String(message)}`);
        } catch (error) {
          socket.emit('error', error);
        }
      });
    });
  }
}
