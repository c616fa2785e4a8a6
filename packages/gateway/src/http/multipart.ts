import type { Framing } from './http-stream.js';
import { SharedBytes } from '../subscriptions/transports/shared-bytes.js';

// A client reads a part only after the next boundary, so each part ends with one.
const BOUNDARY = '\r\n--graphql';
const HEARTBEAT = part('{}');
const CLOSE = '--\r\n';

/**
 * Apollo's multipart protocol for subscriptions over HTTP, version 1.0
 * (apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol).
 */
export const MULTIPART: Framing = {
  transport: 'multipart',
  contentType: 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0',
  heartbeatMs: 5_000,
  opening: BOUNDARY + HEARTBEAT,
  heartbeat: HEARTBEAT,
  next: new SharedBytes(({ json }) => (json === null ? '' : part(`{"payload":${json}}`))),
  // Errors in the payload belong to the operation, errors next to it belong to the transport.
  rejected: (errors) => part(JSON.stringify({ payload: { errors } })) + end({ payload: null }),
  complete: end({ payload: null }),
  interrupted: (error) => end({ payload: null, errors: [error] }),
};

function part(json: string): string {
  return `\r\ncontent-type: application/json\r\n\r\n${json}${BOUNDARY}`;
}

function end(last: object): string {
  return part(JSON.stringify(last)) + CLOSE;
}
