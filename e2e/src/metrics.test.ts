import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { eventually } from './harness/eventually.js';
import { leaveAll, openStream } from './harness/http-stream.js';
import { liveClient, watch } from './harness/live-client.js';
import { addSubscriber, freshEmail, newPerson } from './harness/people.js';
import { startTestSystem } from './harness/test-system.js';

const ADDED =
  'subscription { subscriberAdded(bookmarks: true) { cursor subscriber { email addedBy { displayName } } } }';

let system: System;
beforeAll(async () => {
  system = await startTestSystem();
});
afterAll(async () => {
  leaveAll();
  await system?.stop();
});

/** What `/metrics` says, by name and labels as they are written there. */
async function metrics(): Promise<Record<string, number>> {
  const response = await fetch(new URL('/metrics', system.gatewayUrl));
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const lines = (await response.text()).split('\n').filter((line) => line && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => line.split(/ (?=\S+$)/)).map(([name, value]) => [name, Number(value)]),
  );
}

test('an operator sees live operations in the form that Prometheus reads', async () => {
  const url = system.gatewayUrl;
  const ada = await newPerson(url);
  expect(await metrics()).toMatchObject({ live_rooms: 0, live_watchers: 0, live_connections: 0 });

  const clients = [1, 2].map(() => liveClient(url, ada.accessToken));
  const watching = clients.map((client) => watch(client, ADDED));
  for (const each of watching) await each.waitForEvents(1);
  const stream = (accept: string) =>
    openStream(url, { token: ada.accessToken, headers: { accept }, body: { query: ADDED } });
  const streams = await Promise.all([
    stream('text/event-stream'),
    stream('multipart/mixed;subscriptionSpec=1.0'),
  ]);
  await eventually(metrics, ({ live_watchers }) => live_watchers === 4);
  await addSubscriber(url, ada.accessToken, { email: freshEmail() });
  for (const each of watching) await each.waitForEvents(2);
  const seen = await eventually(metrics, (now) => now['live_sent_events_total{transport="multipart"}'] === 2);
  expect(seen).toMatchObject({
    live_connections: 4,
    live_rooms: 1,
    live_watchers_behind: 0,
    'live_upstreams{subgraph="email-subscriptions"}': 1,
    'live_upstreams{subgraph="users"}': 0,
    live_received_events_total: 2,
    'live_completions_total{outcome="ok"}': 2,
    'live_completions_total{outcome="failed"}': 0,
    'live_sent_events_total{transport="websocket"}': 4,
    'live_sent_events_total{transport="sse"}': 2,
    live_lag_seconds_count: 2,
  });
  expect(seen['live_sent_bytes_total{transport="websocket"}']).toBeGreaterThan(4 * 100);
  expect(seen['live_lag_seconds_sum']).toBeGreaterThan(0);

  await clients[0]!.dispose();
  for (const each of streams) each.leave();
  const after = await eventually(metrics, ({ live_watchers }) => live_watchers === 1);
  expect(after).toMatchObject({
    live_connections: 1,
    'live_closes_total{transport="websocket",code="1000"}': 1,
    'live_closes_total{transport="sse",code="left"}': 1,
    'live_closes_total{transport="multipart",code="left"}': 1,
  });
  await clients[1]!.dispose();
});
