import type { ConnectionOptions } from 'node:tls';

export interface SubscribersClientOptions {
  readonly host: string;
  readonly port: number;
  /** The name under which the service knows this application (its `TCP_CALLERS`). */
  readonly caller: string;
  /** The secret that goes with it, of at least 32 bytes. */
  readonly secret: string;
  /** TLS: `true`, or what Node's `tls.connect` takes, such as `{ ca }`. Left out: none. */
  readonly tls?: true | ConnectionOptions;
  /** How long a message may take from `send` to its answer, in milliseconds, the connecting included. Default 5,000. */
  readonly timeoutMs?: number;
}

const SHORTEST_SECRET = 32;

/** @throws TypeError that names what is missing or wrong */
export function checkOptions({ host, port, caller, secret }: SubscribersClientOptions): void {
  if (!host) throw new TypeError('SubscribersClient: host is missing');
  if (!(port > 0 && port < 65_536)) throw new TypeError('SubscribersClient: port is not a port');
  if (!caller) throw new TypeError('SubscribersClient: caller is missing');
  if (Buffer.byteLength(secret ?? '') < SHORTEST_SECRET) {
    throw new TypeError(`SubscribersClient: secret is shorter than ${SHORTEST_SECRET} bytes`);
  }
}
