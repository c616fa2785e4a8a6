import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Steps } from './step.js';

/** Loosely typed on purpose: the steps check the shape of what comes. */
// oxlint-disable-next-line typescript/no-explicit-any -- an answer may have any shape
export type Data = any;

const ANSWER_MS = 10_000;

/** Asks over HTTP and gives back `data`; an answer with errors fails the step. */
export async function ask(
  steps: Steps,
  url: string,
  query: string,
  variables: Record<string, unknown>,
  accessToken?: string,
): Promise<Data> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(accessToken && { authorization: `Bearer ${accessToken}` }),
    },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  const text = await response.text();
  steps.note(`HTTP ${response.status} ${text}`);
  const { data, errors } = steps.note(JSON.parse(text) as { data?: Data; errors?: unknown });
  steps.expect(errors === undefined && data !== undefined);
  return data;
}

/** A graphql-ws connection that is opened at the first operation and never again, so that a fault shows. */
export function openSocket(url: string, accessToken: string): Client {
  return createClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${accessToken}` },
    retryAttempts: 0,
  });
}

/** One query or mutation over a graphql-ws connection. */
export async function askOver(
  steps: Steps,
  socket: Client,
  query: string,
  variables: Record<string, unknown>,
): Promise<Data> {
  const { value: answer } = await socket.iterate<Data>({ query, variables }).next();
  const { data, errors } = steps.note(answer);
  steps.expect(errors === undefined && data !== undefined);
  return data;
}
