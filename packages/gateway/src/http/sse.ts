import type { Framing } from './http-stream.js';
import { SharedBytes } from '../subscriptions/transports/shared-bytes.js';

/** The maximum length of a `Last-Event-ID`, in characters. */
const MAX_CURSOR_LENGTH = 512;

const COMPLETE = 'event: complete\ndata:\n\n';

/** Server-sent events as in the PROTOCOL.md of graphql-sse, distinct connections mode. */
export const SSE: Framing = {
  transport: 'sse',
  contentType: 'text/event-stream; charset=utf-8',
  heartbeatMs: 12_000,
  opening: ':\n\n',
  heartbeat: ':\n\n',
  // An event without data only sets the last event id (HTML, section 9.2.6), so a browser can resume before its first
  // event. The npm package `eventsource` ignores events without data: its users must request bookmarks.
  next: new SharedBytes(({ cursor, json }) => {
    const id = cursor === null || /[\0\r\n]/.test(cursor) ? '' : `id: ${cursor}\n`;
    if (json === null) return id && `${id}\n`;
    return `event: next\n${id}data: ${json}\n\n`;
  }),
  rejected: (errors) => wholeResult(JSON.stringify({ errors })),
  complete: COMPLETE,
  // Clients reconnect after a stream that ends without `complete`.
  interrupted: (error) => next(JSON.stringify({ errors: [error] })),
};

/** A complete stream of one result. @param json JSON without line breaks */
export function wholeResult(json: string): string {
  return next(json) + COMPLETE;
}

/** The cursor that a client resumes from; null without a usable header. */
export function lastEventId(header: string | string[] | undefined): string | null {
  return typeof header === 'string' && header !== '' ? header : null;
}

/** Whether a value is short enough to be a cursor. */
export function mayBeCursor(cursor: string): boolean {
  return cursor.length <= MAX_CURSOR_LENGTH;
}

function next(json: string): string {
  return `event: next\ndata: ${json}\n\n`;
}
