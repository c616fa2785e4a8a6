import type { Duplex } from 'node:stream';
import type { RoomEvent } from '../rooms/ring.js';

const FIN_AND_TEXT = 0x81;
const OPENING = '{"type":"next","payload":';
const BEFORE_ID = ',"id":';

/** Up to so many bytes it is cheaper to copy a frame for one watcher than to have the system gather two parts. */
const CHEAP_TO_COPY = 4_096;

/**
 * An event as a `next` message of graphql-transport-ws in one WebSocket frame (RFC 6455, section 5.2), in two parts:
 * a head that all watchers with an id of the same length share, byte for byte, and a tail of a watcher's own. The
 * order of keys in JSON says nothing, so the id comes last. Only the last event is remembered: a room sends it to all
 * of its watchers before there is another.
 */
export class SharedFrames {
  #event: RoomEvent | null = null;
  #body: Buffer = Buffer.alloc(0);
  readonly #heads = new Map<number, Buffer>();

  /** What ends the frames of the operation with this id. */
  static tail(id: string): Buffer {
    return Buffer.from(`${JSON.stringify(id)}}`);
  }

  /**
   * Writes an event into a watcher's TCP connection.
   * @returns how many bytes it took
   */
  write(stream: Duplex, event: RoomEvent, tail: Buffer): number {
    const head = this.head(event, tail.length);
    const length = head.length + tail.length;
    // What has to wait must not: each copy holds on to memory that it shares with others.
    if (length <= CHEAP_TO_COPY && stream.writableLength === 0) {
      const frame = Buffer.allocUnsafe(length);
      head.copy(frame);
      tail.copy(frame, head.length);
      stream.write(frame);
    } else {
      stream.cork();
      stream.write(head);
      stream.write(tail);
      stream.uncork();
    }
    return length;
  }

  /**
   * What to write before the tail.
   * @param event one with something to send
   * @param tailLength in bytes
   */
  head(event: RoomEvent, tailLength: number): Buffer {
    if (event !== this.#event) {
      this.#event = event;
      this.#body = Buffer.from(`${OPENING}${event.json}${BEFORE_ID}`);
      this.#heads.clear();
    }
    let head = this.#heads.get(tailLength);
    if (!head) {
      head = Buffer.concat([frameHeader(this.#body.length + tailLength), this.#body]);
      this.#heads.set(tailLength, head);
    }
    return head;
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
