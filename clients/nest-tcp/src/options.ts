import { createSecureContext, type ConnectionOptions } from 'node:tls';

export interface SubscribersClientOptions {
  readonly host: string;
  /** From 1 to 65,535. */
  readonly port: number;
  /** The name of this application in the `TCP_CALLERS` of the service. */
  readonly caller: string;
  /** The secret of that caller, at least 32 bytes. */
  readonly secret: string;
  /** TLS: `true`, or the options of Node's `tls.connect`, such as `{ ca }`. Default: no TLS. */
  readonly tls?: boolean | ConnectionOptions;
  /** The time from `send` to the result, in milliseconds, including the time to connect. Default 5,000. */
  readonly timeoutMs?: number;
}

const SHORTEST_SECRET = 32;
/** The maximum of `setTimeout`. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** @throws TypeError that names the invalid option */
export function checkOptions(options: SubscribersClientOptions): void {
  const { host, port, caller, secret, tls, timeoutMs = 1 } = options ?? {};
  require(isText(host), 'host is missing');
  require(isWhole(port, 65_535), 'port must be a number from 1 to 65535');
  require(isText(caller), 'caller is missing');
  require(isText(secret) &&
    Buffer.byteLength(secret) >= SHORTEST_SECRET, `secret must have at least ${SHORTEST_SECRET} bytes`);
  require(isWhole(
    timeoutMs,
    LONGEST_TIMEOUT_MS,
  ), `timeoutMs must be a whole number from 1 to ${LONGEST_TIMEOUT_MS}`);
  if (typeof tls === 'object') checkTls(tls);
}

function checkTls(tls: ConnectionOptions): void {
  try {
    createSecureContext(tls);
  } catch (error) {
    throw new TypeError(`SubscribersClient: tls is not usable: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function require(condition: boolean, fault: string): void {
  if (!condition) throw new TypeError(`SubscribersClient: ${fault}`);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isWhole(value: unknown, max: number): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= max;
}
