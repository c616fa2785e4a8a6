import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startAnotherGateway } from './harness/another-gateway.js';
import { eventually } from './harness/eventually.js';
import { FaultProxy } from './harness/fault-proxy.js';
import { post } from './harness/http.js';
import { closeStreams, openStream } from './harness/http-stream.js';
import { liveClient, watch } from './harness/live-client.js';
import { addSubscriber, freshEmail, newPerson } from './harness/people.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';

const ADDED =
  'subscription { subscriberAdded(bookmarks: true) { cursor subscriber { email addedBy { displayName } } } }';

let system: TestSystem;
let proxy: FaultProxy;
beforeAll(async () => {
  system = await startTestSystem({
    between: { users: async (origin) => (proxy = await FaultProxy.inFrontOf(origin)).origin },
  });
});
afterAll(async () => {
  closeStreams();
  await system?.stop();
  await proxy?.close();
});

/** The gateway's metrics, by name and labels as they are written there. */
const metrics = () => metricsAt(system.metricsUrls.gateway);

async function metricsAt(url: string): Promise<Record<string, number>> {
  const response = await fetch(url);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const lines = (await response.text()).split('\n').filter((line) => line && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => line.split(/ (?=\S+$)/)).map(([name, value]) => [name, Number(value)]),
  );
}

test('counts the documents that are prepared, and the operations that find theirs', async () => {
  const { accessToken } = await newPerson(system.gatewayUrl);
  const before = await metrics();
  const query = '{ viewer { email } prepared: viewer { email } }';
  for (let n = 0; n < 3; n += 1) await post(system.gatewayUrl, query, { token: accessToken });
  const after = await metrics();
  const added = (name: string) => after[name]! - before[name]!;
  expect(added('prepared_documents')).toBe(1);
  expect(added('prepared_documents_bytes')).toBeGreaterThan(0);
  expect(added('prepared_documents_lookups_total{result="hit"}')).toBe(2);
  expect(added('prepared_documents_lookups_total{result="miss"}')).toBe(1);
});

test('counts subscriptions, in the format of Prometheus', async () => {
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
  for (const each of streams) each.close();
  const after = await eventually(metrics, ({ live_watchers }) => live_watchers === 1);
  expect(after).toMatchObject({
    live_connections: 1,
    'live_closes_total{transport="websocket",code="1000"}': 1,
    'live_closes_total{transport="sse",code="left"}': 1,
    'live_closes_total{transport="multipart",code="left"}': 1,
  });
  await clients[1]!.dispose();
});

test('are on a private port of each service, and not on its public port', async () => {
  const publicUrls = [
    system.gatewayUrl,
    system.subgraphUrls.users!,
    system.subgraphUrls['email-subscriptions']!,
  ];
  for (const url of publicUrls) expect((await fetch(new URL('/metrics', url))).status).toBe(404);
  for (const url of Object.values(system.metricsUrls)) {
    expect(await metricsAt(url)).toMatchObject({
      process_cpu_seconds_total: expect.any(Number),
      nodejs_eventloop_lag_p99_seconds: expect.any(Number),
    });
    // Another loopback address: the server listens on 127.0.0.1 only.
    await expect(fetch(url.replace('127.0.0.1', '127.0.0.2'))).rejects.toThrow();
    for (const path of ['/graphql', '/health/ready'])
      expect((await fetch(new URL(path, url))).status).toBe(404);
  }
});

test('a gateway exits and names the variable when the metrics port is in use', async () => {
  const { port } = new URL(system.metricsUrls.users!);
  const gateway = await startAnotherGateway(system, { METRICS_PORT: port });
  expect(await gateway.process.exited).toMatchObject({ code: 1 });
  expect(gateway.process.logs()).toContain(
    `gateway: port ${port} of 127.0.0.1, for metrics, is in use: set METRICS_PORT to a free one`,
  );
});

test('can be read while a gateway drains', async () => {
  const { accessToken: token } = await newPerson(system.gatewayUrl);
  proxy.hold();
  const pending = openStream(system.gatewayUrl, { token, body: { query: '{ viewer { email } }' } });
  await eventually(
    () => proxy.held,
    (held) => held > 0,
  );
  const { gateway } = system.processes;
  gateway.kill('SIGTERM');
  await eventually(
    () => gateway.logs(),
    (lines) => lines.some((line) => line.includes('"draining"')),
  );
  expect(await metrics()).toMatchObject({ live_rooms: 0 });
  proxy.release();
  expect((await pending).status).toBe(200);
  expect(await gateway.exited).toMatchObject({ code: 0 });
  await expect(metrics()).rejects.toThrow();
});
