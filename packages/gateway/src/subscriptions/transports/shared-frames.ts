import type { Writable } from 'node:stream';
import type { RoomEvent } from '../rooms/ring.js';
import { SharedBytes } from './shared-bytes.js';

const FIN_AND_TEXT = 0x81;
const OPENING = '{"type":"next","payload":';
const BEFORE_ID = ',"id":';

/** Up to this size in bytes, copying a frame for each watcher is cheaper than writing its parts. */
const CHEAP_TO_COPY = 4_096;

/**
 * Writes an event as a `next` message of graphql-transport-ws in one WebSocket frame (RFC 6455, section 5.2). It has a
 * header, a body that all watchers share, and a tail with the id of the watcher's operation. The order of JSON keys
 * does not matter, so the id can come last.
 */
export class SharedFrames {
  private header = { length: 0, bytes: frameHeader(0) };
  private readonly bodies = new SharedBytes(({ json }) => `${OPENING}${json}${BEFORE_ID}`);

  /** The end of all frames of the operation with this id. */
  static tail(id: string): Buffer {
    return Buffer.from(`${JSON.stringify(id)}}`);
  }

  /**
   * Writes an event to a watcher's TCP connection.
   * @param event an event with JSON
   * @returns the number of bytes written
   */
  write(stream: Writable, event: RoomEvent, tail: Buffer): number {
    const body = this.bodies.of(event);
    const header = this.headerFor(body.length + tail.length);
    const length = header.length + body.length + tail.length;
    // Buffered data must not be copied: each copy would retain a slice of Node's shared buffer pool.
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

  /** Most clients use ids of one length, so the last header nearly always fits. */
  private headerFor(length: number): Buffer {
    if (this.header.length !== length) this.header = { length, bytes: frameHeader(length) };
    return this.header.bytes;
  }
}

/** The header of an unmasked, unfragmented, uncompressed text frame. */
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
