import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { WebSocket } from 'ws';

export interface Refused {
  status: number | undefined;
  body: string;
}

/** How a page of this origin is answered when its browser asks whether it may post. */
export async function preflight(gatewayUrl: string, origin: string): Promise<Refused> {
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

/** How a page of this origin is answered that opens a WebSocket and may not. */
export async function refusedUpgrade(gatewayUrl: string, origin: string): Promise<Refused> {
  const socket = new WebSocket(gatewayUrl.replace(/^http/, 'ws'), 'graphql-transport-ws', { origin });
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
}
