import type { Framing } from './http-stream.js';
import { SharedBytes } from './shared-bytes.js';

/** The longest `Last-Event-ID` that can be a cursor. */
const LONGEST_CURSOR = 512;

const COMPLETE = 'event: complete\ndata:\n\n';

/** Server-sent events as graphql-sse has them (its PROTOCOL.md, distinct connections mode). */
export const SSE: Framing = {
  transport: 'sse',
  contentType: 'text/event-stream; charset=utf-8',
  heartbeatMs: 12_000,
  opening: ':\n\n',
  heartbeat: ':\n\n',
  // Without data it only sets the last event id (HTML, section 9.2.6): a browser that has seen no event can resume, too.
  // The npm package `eventsource` passes over what has no data: its users ask for bookmarks, which have.
  next: new SharedBytes(({ cursor, json }) => {
    const id = cursor === null || /[\0\r\n]/.test(cursor) ? '' : `id: ${cursor}\n`;
    if (json === null) return id && `${id}\n`;
    return `event: next\n${id}data: ${json}\n\n`;
  }),
  refused: (errors) => wholeResult(JSON.stringify({ errors })),
  complete: COMPLETE,
  // No `complete`: a stream that ends without it is one to come back to.
  interrupted: (error) => next(JSON.stringify({ errors: [error] })),
};

/** A stream of one result, which is JSON in one line. */
export function wholeResult(json: string): string {
  return next(json) + COMPLETE;
}

/** The cursor that a client comes back with; null from somebody who is new. */
export function lastEventId(header: string | string[] | undefined): string | null {
  return typeof header === 'string' && header !== '' ? header : null;
}

/** Whether it is worth asking a subgraph about. */
export function mayBeCursor(cursor: string): boolean {
  return cursor.length <= LONGEST_CURSOR;
}

function next(json: string): string {
  return `event: next\ndata: ${json}\n\n`;
}
