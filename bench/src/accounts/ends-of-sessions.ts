import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '@supergraph/tools/fault';
import { WebSocket } from 'ws';
import type { AccountClient } from './account-client.js';

const POLL_MS = 5;
const PATIENCE_MS = 30_000;
const REVOKED = 4403;
/** A bookmark comes at once, so that whoever watches knows that they do. */
const WATCH = 'subscription { subscriberAdded(bookmarks: true) { cursor } }';

/** A socket on which somebody watches already. */
export async function watchingSocket(url: string, accessToken: string): Promise<WebSocket> {
  const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
  await once(socket, 'open');
  const authorization = `Bearer ${accessToken}`;
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } }));
  await once(socket, 'message');
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: WATCH } }));
  const [first] = (await once(socket, 'message')) as [Buffer];
  if (!first.includes('"cursor"')) throw new Fault(`instead of a bookmark: ${String(first)}`);
  return socket;
}

/** When it is closed because its session was ended, on the clock of `performance.now()`. */
export async function untilSocketCloses(socket: WebSocket): Promise<number> {
  const patience = setTimeout(() => socket.terminate(), PATIENCE_MS);
  const [code] = (await once(socket, 'close')) as [number];
  clearTimeout(patience);
  if (code !== REVOKED) throw new Fault(`the socket was closed with ${code}`);
  return performance.now();
}

/** When the token is refused for the first time, on the same clock; it is asked with every few milliseconds. */
export async function untilRefused(client: AccountClient, accessToken: string): Promise<number> {
  const authorization = `Bearer ${accessToken}`;
  const giveUpAt = performance.now() + PATIENCE_MS;
  while (performance.now() < giveUpAt) {
    // Nothing that users would answer: it knows at once that the session has ended.
    const { status, text } = await client.send(0, '{ __typename }', {}, { authorization });
    if (status === 401) return performance.now();
    if (status !== 200) throw new Fault(`${status} ${text}`);
    await delay(POLL_MS);
  }
  throw new Fault(`the session was not refused within ${PATIENCE_MS / 1_000} s`);
}
