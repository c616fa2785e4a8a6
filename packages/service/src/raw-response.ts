import { STATUS_CODES } from 'node:http';
import type { GraphQLFormattedError } from 'graphql';
import { REQUEST_ID_HEADER } from './request-id.js';

/** An HTTP response with a GraphQL error, to be written to a socket directly. It closes the connection. */
export function rawResponse(
  status: number,
  error: GraphQLFormattedError,
  requestId: string,
  headers: Readonly<Record<string, string>>,
): string {
  const body = JSON.stringify({ errors: [error] });
  const lines = Object.entries({
    ...headers,
    [REQUEST_ID_HEADER]: requestId,
    date: new Date().toUTCString(),
    connection: 'close',
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`;
}
