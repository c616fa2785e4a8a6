import { BrokenConnection } from './broken-connection.js';

/** A message as it comes over TCP: NestJS's own packet, with the caller's token beside. */
export interface Packet {
  readonly pattern: string | Record<string, unknown>;
  readonly data?: unknown;
  /** Of a message that wants an answer (`send`); one without came by `emit`. */
  readonly id?: string;
  readonly txnToken?: unknown;
  /** The caller's own, for the log. */
  readonly requestId?: unknown;
}

const LONGEST_ID = 128;

/** Whether the caller waits for an answer. */
export function isSend({ id }: Packet): boolean {
  return id !== undefined;
}

/** @throws BrokenConnection */
export function parsePacket(text: string): Packet {
  const packet = parseJson(text);
  if (!isPacket(packet)) throw new BrokenConnection('what came is no packet');
  return packet;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What `JSON.parse` says quotes the text.
    throw new BrokenConnection('what came is no JSON');
  }
}

function isPacket(value: unknown): value is Packet {
  if (typeof value !== 'object' || value === null) return false;
  const { pattern, id } = value as Record<string, unknown>;
  const hasPattern = typeof pattern === 'string' || (typeof pattern === 'object' && pattern !== null);
  return hasPattern && (id === undefined || (typeof id === 'string' && id.length <= LONGEST_ID));
}
