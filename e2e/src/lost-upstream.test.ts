import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { loadSnippet, snippetNames } from './harness/doc-snippets.js';
import { eventually } from './harness/eventually.js';
import { setGlobals } from './harness/global-values.js';
import { length } from './harness/length.js';
import { execute, sentEvents, watch } from './harness/live-client.js';
import { ADDED, VIEWER } from './harness/operations.js';
import { addAtSubgraph } from './harness/add-at-subgraph.js';
import { addRandomSubscriber, newPerson, type Person } from './harness/people.js';
import { runReadmeWatcher, type Program } from './harness/readme-watcher.js';
import { startTestSystem } from './harness/test-system.js';

/** The number of SUBSCRIPTION_UPSTREAM_LOST messages over WebSocket. */
let lostMessages = 0;
/** The kinds of HTTP streams that snippets have requested. */
const requested = new Set<string>();
function recordingFetch(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
  const accept = new Headers(init?.headers).get('accept') ?? '';
  if (/event-stream|multipart/.test(accept)) requested.add(`${init?.method ?? 'GET'} ${accept}`);
  return stockFetch(input, init);
}
const stockFetch = globalThis.fetch;
class RecordingWebSocket extends WebSocket {
  constructor(url: string, protocol: string) {
    super(url, protocol);
    this.on('message', (data) => {
      if ((data as Buffer).includes('"SUBSCRIPTION_UPSTREAM_LOST"')) lostMessages += 1;
    });
  }
}

let system: System;
let ada: Person;
const stops: (() => unknown)[] = [];
beforeAll(async () => {
  // As browsers and later versions of Node.js have it.
  stops.push(setGlobals({ WebSocket: RecordingWebSocket, fetch: recordingFetch }));
  system = await startTestSystem({ env: { gateway: { UPSTREAM_RETRY_MS: '1000' } } });
  ada = await newPerson(system.gatewayUrl, 'Ada');
});
afterAll(async () => {
  for (const stop of stops) await stop();
  await system?.stop();
});

async function killTheSubgraph(): Promise<void> {
  system.processes['email-subscriptions']!.kill('SIGKILL');
  await system.processes['email-subscriptions']!.exited;
}

/** Stops the subgraph until all snippets have lost their upstreams, and adds subscribers after its restart. */
async function addAfterAnOutage(): Promise<string[]> {
  lostMessages = 0;
  requested.clear();
  await killTheSubgraph();
  await eventually(
    () => ({ lostMessages, requested: [...requested] }),
    () => lostMessages >= 3 && requested.size === 3,
  );
  await system.restart('email-subscriptions');
  return [await addAtSubgraph(system, ada.userId), await addAtSubgraph(system, ada.userId)];
}

describe('a subgraph that is down for longer than the gateway retries', () => {
  test('ends its subscriptions with an error, and other operations of the socket continue', async () => {
    const client = createClient({
      url: system.gatewayUrl.replace(/^http/, 'ws'),
      webSocketImpl: WebSocket,
      // Keeps the socket open without operations.
      lazy: false,
      connectionParams: { authorization: `Bearer ${ada.accessToken}` },
    });
    stops.push(() => client.dispose());
    const connections = { opened: 0, closed: 0 };
    client.on('opened', () => void (connections.opened += 1));
    client.on('closed', () => void (connections.closed += 1));
    const lost = [watch(client, ADDED, { bookmarks: true }), watch(client, ADDED)];
    await lost[0]!.waitForEvents(1);
    await killTheSubgraph();
    let queries = 0;
    const queryViewer = async () => {
      queries += 1;
      return (await execute(client, VIEWER)).data;
    };
    while (lost.some(({ end }) => end.value === undefined)) {
      expect(await queryViewer()).toEqual({ viewer: { user: { displayName: 'Ada' } } });
    }
    for (const { end } of lost) {
      expect(end.value).toMatchObject([
        { extensions: { code: 'SUBSCRIPTION_UPSTREAM_LOST', retryAfterSeconds: expect.any(Number) } },
      ]);
    }
    expect(await queryViewer()).toEqual({ viewer: { user: { displayName: 'Ada' } } });
    expect(queries).toBeGreaterThan(1);
    await system.restart('email-subscriptions');
    const again = watch(client, ADDED, { bookmarks: true });
    await again.waitForEvents(1);
    expect(connections).toEqual({ opened: 1, closed: 0 });
    again.stop();
  });

  test('costs the documented clients no event, and repeats none', async () => {
    const seenBy = new Map<string, string[]>();
    /** Starts a watcher and waits for its first bookmark. */
    const startWatching = async (start: () => void | Promise<void>) => {
      const before = await sentEvents(system.metricsUrls.gateway);
      await start();
      await eventually(
        () => sentEvents(system.metricsUrls.gateway),
        (sent) => sent > before,
      );
    };
    for (const name of snippetNames) {
      const { watchSubscribers } = await loadSnippet(name);
      const seen: string[] = [];
      seenBy.set(name, seen);
      await startWatching(() => {
        const stop = watchSubscribers({
          url: system.gatewayUrl,
          accessToken: async () => ada.accessToken,
          onAdded: ({ email }) => seen.push(email),
        });
        stops.push(stop);
      });
    }
    let readme: Program | undefined;
    await startWatching(() => {
      readme = runReadmeWatcher(system, ada.accessToken);
      stops.push(() => readme?.stop());
    });
    const all = () => [
      ...[...seenBy].map(([name, seen]) => ({ name, seen })),
      { name: 'README.md', seen: readme!.emails() },
    ];
    const allHaveSeen = (last: string | undefined) =>
      eventually(all, (each) => each.every(({ seen }) => seen.at(-1) === last), 60_000);

    const sent = await addAfterAnOutage();
    await allHaveSeen(sent.at(-1));
    sent.push(await addRandomSubscriber(system.gatewayUrl, ada.accessToken));
    await allHaveSeen(sent.at(-1));
    for (let outage = 1; outage < length(1, 2); outage += 1) {
      sent.push(...(await addAfterAnOutage()));
      await allHaveSeen(sent.at(-1));
    }
    expect(all()).toEqual(all().map(({ name }) => ({ name, seen: sent })));
  }, 180_000);
});
