import type { Writable } from 'node:stream';
import type { RoomEvent } from '../rooms/ring.js';
import { SharedBytes } from './shared-bytes.js';

const FIN_AND_TEXT = 0x81;
const OPENING = '{"type":"next","payload":';
const BEFORE_ID = ',"id":';

/** Up to so many bytes it is cheaper to copy a frame for one watcher than to have the system gather two parts. */
const CHEAP_TO_COPY = 4_096;

/**
 * An event as a `next` message of graphql-transport-ws in one WebSocket frame (RFC 6455, section 5.2): a header, a body
 * that all watchers share byte for byte, and a tail of a watcher's own. The order of keys in JSON says nothing, so the
 * id comes last.
 */
export class SharedFrames {
  private header = { length: 0, bytes: frameHeader(0) };
  private readonly bodies = new SharedBytes(({ json }) => `${OPENING}${json}${BEFORE_ID}`);

  /** What ends the frames of the operation with this id. */
  static tail(id: string): Buffer {
    return Buffer.from(`${JSON.stringify(id)}}`);
  }

  /**
   * Writes an event into a watcher's TCP connection.
   * @param event one with something to send
   * @returns how many bytes it took
   */
  write(stream: Writable, event: RoomEvent, tail: Buffer): number {
    const body = this.bodies.of(event);
    const header = this.headerFor(body.length + tail.length);
    const length = header.length + body.length + tail.length;
    // What has to wait must not be copied: each copy holds on to memory that it shares with others.
    if (length <= CHEAP_TO_COPY && stream.writableLength === 0) {
      const frame = Buffer.allocUnsafe(length);
      header.copy(frame);
      body.copy(frame, header.length);
      tail.copy(frame, header.length + body.length);
      stream.write(frame);
    } else {
      stream.cork();
      stream.write(header);
      stream.write(body);
      stream.write(tail);
      stream.uncork();
    }
    return length;
  }

  /** Ids of most clients are of one length, so the last header is nearly always the next one, too. */
  private headerFor(length: number): Buffer {
    if (this.header.length !== length) this.header = { length, bytes: frameHeader(length) };
    return this.header.bytes;
  }
}

/** Of an unmasked, unfragmented, uncompressed text frame, as servers send them. */
function frameHeader(length: number): Buffer {
  if (length < 126) return Buffer.from([FIN_AND_TEXT, length]);
  if (length < 0x1_0000) {
    const header = Buffer.from([FIN_AND_TEXT, 126, 0, 0]);
    header.writeUInt16BE(length, 2);
    return header;
  }
  const header = Buffer.alloc(10);
  header.set([FIN_AND_TEXT, 127]);
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}
