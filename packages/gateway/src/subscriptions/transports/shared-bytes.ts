import type { RoomEvent } from '../rooms/ring.js';

/**
 * Encodes an event once for all of its watchers. Only the last event is cached, because a room sends an event to all
 * watchers before the next one.
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
