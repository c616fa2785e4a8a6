import { BrokenConnection } from './broken-connection.js';

/** A message over TCP: NestJS's packet and the caller's token. */
export interface Packet {
  readonly pattern: string | Record<string, unknown>;
  readonly data?: unknown;
  /** Set by `send`, which waits for a result; `emit` leaves it out. */
  readonly id?: string;
  readonly txnToken?: unknown;
  /** An id of the caller's choice for the log. */
  readonly requestId?: unknown;
}

const LONGEST_ID = 128;

/** Whether the caller waits for a result. */
export function isSend({ id }: Packet): boolean {
  return id !== undefined;
}

/** @throws BrokenConnection */
export function parsePacket(text: string): Packet {
  const packet = parseJson(text);
  if (!isPacket(packet)) throw new BrokenConnection('a message has no valid pattern or id');
  return packet;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The message of `JSON.parse` quotes the text.
    throw new BrokenConnection('a message is not JSON');
  }
}

function isPacket(value: unknown): value is Packet {
  if (typeof value !== 'object' || value === null) return false;
  const { pattern, id } = value as Record<string, unknown>;
  const hasPattern = typeof pattern === 'string' || (typeof pattern === 'object' && pattern !== null);
  return hasPattern && (id === undefined || (typeof id === 'string' && id.length <= LONGEST_ID));
}
