import type { Framing } from '../../../http/http-stream.js';
import type { RoomEvent } from '../../rooms/ring.js';

/** An event as a transport writes it. */
export function text({ next }: Framing, event: RoomEvent): string {
  return next.of(event).toString();
}
