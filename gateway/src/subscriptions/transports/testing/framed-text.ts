import type { Framing } from '../http-stream.js';
import type { RoomEvent } from '../../rooms/ring.js';

/** What a transport makes of an event. */
export function text({ next }: Framing, event: RoomEvent): string {
  return next.of(event).toString();
}
