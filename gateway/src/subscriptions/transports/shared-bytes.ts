import type { RoomEvent } from '../rooms/ring.js';

/**
 * Makes the bytes of an event once for all of its watchers. Only the last event is remembered: a room sends it to all
 * of them before there is another.
 */
export class SharedBytes {
  private event: RoomEvent | null = null;
  private bytes: Buffer = Buffer.alloc(0);

  constructor(private readonly write: (event: RoomEvent) => string) {}

  of(event: RoomEvent): Buffer {
    if (event !== this.event) {
      this.event = event;
      this.bytes = Buffer.from(this.write(event));
    }
    return this.bytes;
  }
}
