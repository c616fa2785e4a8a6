import { createHash } from 'node:crypto';
import { WebSocket } from 'ws';

/** An operation as a client sends it, and the headers it adds. */
export interface Sent {
  readonly query?: unknown;
  readonly operationName?: unknown;
  readonly variables?: unknown;
  readonly extensions?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A whole response. Dates are left out, and the request's id is replaced. */
export interface Received {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The extension that names a document by its hash. */
export function hashOf(text: string) {
  return { persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(text).digest('hex') } };
}

export async function post(url: string, { headers = {}, ...body }: Sent): Promise<Received> {
  const json = { 'content-type': 'application/json', ...headers };
  return received(
    await fetch(`${url}/graphql`, { method: 'POST', headers: json, body: JSON.stringify(body) }),
  );
}

export async function get(url: string, { headers = {}, ...parameters }: Sent): Promise<Received> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    search.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  const preflighted = { 'apollo-require-preflight': '1', ...headers };
  return received(await fetch(`${url}/graphql?${search.toString()}`, { headers: preflighted }));
}

/** All messages of the operation. */
export async function overWebSocket(url: string, { headers = {}, ...payload }: Sent): Promise<Received> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const send = (message: object) => socket.send(JSON.stringify(message));
  const messages: string[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('close', (code) => reject(new Error(`closed with ${code}`)));
      socket.once('open', () => send({ type: 'connection_init', payload: headers }));
      socket.on('message', (data: Buffer) => {
        const { type } = JSON.parse(data.toString()) as { type: string };
        if (type === 'connection_ack') return send({ type: 'subscribe', id: '1', payload });
        messages.push(data.toString());
        if (type !== 'next') resolve();
      });
    });
  } finally {
    socket.removeAllListeners('close');
    socket.terminate();
  }
  return { body: messages.join('\n').replaceAll(/"requestId":"[^"]+"/g, '"requestId":"…"') };
}

async function received(response: Response): Promise<Received> {
  const headers = Object.fromEntries(response.headers);
  const { 'x-request-id': requestId = '', date: _date, ...others } = headers;
  const body = (await response.text()).replaceAll(requestId, '…');
  return { status: response.status, headers: others, body };
}
