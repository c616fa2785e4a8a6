import { setTimeout as delay } from 'node:timers/promises';
import { createClient, type Client, type FormattedExecutionResult } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Data, GraphQLError } from './http.js';
import { eventually } from './eventually.js';

export interface Watch {
  /** Every result so far, in order. */
  readonly events: { data?: Data; errors?: GraphQLError[] }[];
  /** How the operation ended: `complete`, the errors, or the close event of the socket. */
  readonly end: { value?: unknown };
  waitForEvents(count: number): Promise<{ data?: Data; errors?: GraphQLError[] }[]>;
  waitForEnd(): Promise<unknown>;
  stop(): void;
}

const RETRY_MS = 50;

/** A stock graphql-ws client, as services use it. */
export function liveClient(gatewayUrl: string, token?: string, retryAttempts = 0): Client {
  return createClient({
    url: gatewayUrl.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    retryAttempts,
    // By default the client gives up while no gateway listens.
    shouldRetry: () => true,
    // Replaces the exponential backoff, which starts at one second.
    retryWait: () => delay(RETRY_MS),
    ...(token && { connectionParams: { authorization: `Bearer ${token}` } }),
  });
}

/** Subscribes and records the results. */
export function watch(client: Client, query: string, variables: Record<string, unknown> = {}): Watch {
  const events: Watch['events'] = [];
  const end: Watch['end'] = {};
  const stop = client.subscribe(
    { query, variables },
    {
      next: (result: FormattedExecutionResult) => void events.push(result as Watch['events'][number]),
      error: (error) => void (end.value = error),
      complete: () => void (end.value ??= 'complete'),
    },
  );
  return {
    events,
    end,
    waitForEvents: (count) =>
      eventually(
        () => events,
        () => events.length >= count,
      ),
    waitForEnd: async () =>
      (
        await eventually(
          () => end,
          ({ value }) => value !== undefined,
        )
      ).value,
    stop,
  };
}

/** The number of open upstream subscriptions of the gateway. */
export async function openUpstreams(gatewayUrl: string): Promise<number> {
  const response = await fetch(new URL('/live/upstreams', gatewayUrl));
  if (response.status !== 200) throw new Error(`/live/upstreams: status ${response.status}`);
  return Number(await response.text());
}

/** The number of events, including bookmarks, that the gateway has sent to watchers. */
export async function sentEvents(metricsUrl: string): Promise<number> {
  const response = await fetch(metricsUrl);
  const counts = (await response.text()).matchAll(/^live_sent_events_total\{.*\} (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Runs a query or mutation over the socket. */
export async function execute(client: Client, query: string, variables: Record<string, unknown> = {}) {
  for await (const result of client.iterate({ query, variables })) {
    return result as { data?: Data; errors?: GraphQLError[] };
  }
  throw new Error('no result');
}
