import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { WebSocket } from 'ws';

export interface Rejection {
  status: number | undefined;
  body: string;
}

/** Sends the preflight request of a page. */
export async function preflight(gatewayUrl: string, origin: string): Promise<Rejection> {
  const response = await fetch(gatewayUrl, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    },
  });
  return { status: response.status, body: await response.text() };
}

/** Opens a WebSocket as a page that is not allowed to; returns the response. */
export async function rejectedUpgrade(gatewayUrl: string, origin: string): Promise<Rejection> {
  const socket = new WebSocket(gatewayUrl.replace(/^http/, 'ws'), 'graphql-transport-ws', { origin });
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
}
