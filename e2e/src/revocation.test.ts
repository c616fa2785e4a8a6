import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Client } from 'graphql-ws';
import { type AnotherGateway, startAnotherGateway } from './harness/another-gateway.js';
import { eventually } from './harness/eventually.js';
import { codesOf, post } from './harness/http.js';
import { blocksOf, closeStreams, openStream, partsOf } from './harness/http-stream.js';
import { liveClient, watch } from './harness/live-client.js';
import { addSubscriber, freshEmail, logIn, newPerson, type Person } from './harness/people.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';

const ADDED = 'subscription { subscriberAdded(bookmarks: true) { cursor subscriber { email } } }';
const BODY = { query: ADDED };

let system: TestSystem;
let other: AnotherGateway;
let gateways: readonly string[];
const clients: Client[] = [];
beforeAll(async () => {
  system = await startTestSystem();
  other = await startAnotherGateway(system);
  await other.process.ready();
  gateways = [system.gatewayUrl, other.url];
});
afterEach(async () => {
  closeStreams();
  for (const client of clients.splice(0)) await client.dispose();
});
afterAll(async () => {
  await other?.process.stop();
  await system?.stop();
});

interface Session {
  readonly accessToken: string;
}

/** A new user with two sessions. */
async function onTwoDevices(): Promise<{ revoked: Session; kept: Person }> {
  const kept = await newPerson(system.gatewayUrl);
  return { kept, revoked: await logIn(system.gatewayUrl, kept.email) };
}

const viewerAt = (url: string, { accessToken: token }: Session) =>
  post(url, '{ viewer { user { id } } }', { token });

async function logOut({ accessToken: token }: Session): Promise<void> {
  const { data, text } = await post(system.gatewayUrl, 'mutation { logout { revoked } }', { token });
  if (data?.logout?.revoked !== 1) throw new Error(`logout: ${text}`);
}

async function expectRejectedEverywhere(session: Session): Promise<void> {
  await Promise.all(
    gateways.map(async (url) => {
      const rejected = await eventually(
        () => viewerAt(url, session),
        ({ status }) => status === 401,
      );
      expect(codesOf(rejected)).toEqual(['UNAUTHENTICATED']);
      expect(rejected.headers.get('www-authenticate')).toContain('invalid_token');
    }),
  );
}

function watchAt(url: string, { accessToken }: Session) {
  const client = liveClient(url, accessToken);
  clients.push(client);
  return watch(client, ADDED);
}

async function revocationMetrics(url: string): Promise<Record<string, number>> {
  const text = await (await fetch(url)).text();
  const lines = text.split('\n').filter((line) => /^revo\S+ /.test(line));
  return Object.fromEntries(
    lines
      .map((line) => line.split(' '))
      .map(([name, value]) => [name, Number(value!.replace('+Inf', 'Infinity'))]),
  );
}

test('rejects a revoked session at every gateway, but not the other session of the user', async () => {
  const { revoked, kept } = await onTwoDevices();
  for (const url of gateways)
    for (const each of [revoked, kept]) expect((await viewerAt(url, each)).status).toBe(200);
  await logOut(revoked);
  await expectRejectedEverywhere(revoked);
  for (const url of gateways) expect((await viewerAt(url, kept)).data.viewer.user.id).toBe(kept.userId);
  for (const url of gateways) {
    expect(await watchAt(url, revoked).waitForEnd()).toMatchObject({ code: 4403, reason: 'UNAUTHENTICATED' });
  }
});

test('ends the subscriptions of a revoked session at every gateway, but not those of the other session', async () => {
  const { revoked, kept } = await onTwoDevices();
  const [ending, going] = [revoked, kept].map((each) => gateways.map((url) => watchAt(url, each)));
  const streams = await Promise.all(
    gateways.flatMap((url) =>
      ['text/event-stream', 'multipart/mixed;subscriptionSpec=1.0'].map((accept) =>
        openStream(url, { token: revoked.accessToken, headers: { accept }, body: BODY }),
      ),
    ),
  );
  for (const each of [...ending!, ...going!]) await each.waitForEvents(1);
  await logOut(revoked);
  for (const each of ending!) {
    expect(await each.waitForEnd()).toMatchObject({ code: 4403, reason: 'SUBSCRIPTION_AUTH_EXPIRED' });
  }
  const texts = await Promise.all(streams.map(({ ended }) => ended));
  for (const text of texts) {
    const results = text.includes('event: next') ? blocksOf(text).map(({ data }) => data) : partsOf(text);
    expect(results.at(-1)).toMatchObject({ errors: [{ extensions: { code: 'SUBSCRIPTION_AUTH_EXPIRED' } }] });
  }
  const email = freshEmail();
  await addSubscriber(system.gatewayUrl, kept.accessToken, { email });
  for (const each of going!) {
    expect((await each.waitForEvents(2))[1]!.data.subscriberAdded.subscriber).toEqual({ email });
  }
});

test('makes a gateway ready after the first read of the revocation feed, and keeps it ready when the feed fails', async () => {
  let isFeedUp = false;
  const proxy = createServer((incoming, response) => {
    if (!isFeedUp && incoming.url?.startsWith('/revoked-sessions')) return response.writeHead(503).end();
    const { method, headers } = incoming;
    const forwarded = request(
      new URL(incoming.url!, system.subgraphUrls.users),
      { method, headers },
      (upstream) => {
        response.writeHead(upstream.statusCode!, upstream.headers);
        upstream.pipe(response);
      },
    );
    forwarded.on('error', () => response.destroy());
    return incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const gateway = await startAnotherGateway(system, {
    USERS_URL: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    REVOCATIONS_POLL_MS: '50',
  });
  const readiness = async () => {
    const response = await fetch(`${gateway.origin}/health/ready`).catch(() => null);
    return (await response?.json()) as { status: string; checks: object } | undefined;
  };
  try {
    const checks = { keys: 'up', users: 'up', 'email-subscriptions': 'up', revocations: 'down' };
    const seen = await eventually(
      readiness,
      (now) => JSON.stringify(now?.checks ?? {}).split('"up"').length === 4,
    );
    expect(seen).toEqual({ status: 'unavailable', checks });
    expect((await revocationMetrics(gateway.metricsUrl))['revocation_feed_age_seconds']).toBe(Infinity);
    isFeedUp = true;
    await eventually(readiness, (now) => now?.status === 'ready');
    isFeedUp = false;
    await eventually(
      () => revocationMetrics(gateway.metricsUrl),
      ({ revocation_feed_age_seconds: age }) => age! > 1,
    );
    expect((await readiness())?.status).toBe('ready');
  } finally {
    await gateway.process.stop();
    proxy.closeAllConnections();
    proxy.close();
  }
});

test('keeps known revocations while users is down, and reads new ones after its restart', async () => {
  const [{ revoked, kept }, next] = [await onTwoDevices(), await newPerson(system.gatewayUrl)];
  await logOut(revoked);
  await expectRejectedEverywhere(revoked);
  const watching = gateways.map((url) => watchAt(url, kept));
  for (const each of watching) await each.waitForEvents(1);

  system.processes.users!.kill('SIGKILL');
  await system.processes.users!.exited;
  const old = await eventually(
    () => Promise.all([system.metricsUrls.gateway, other.metricsUrl].map(revocationMetrics)),
    (all) => all.every(({ revocation_feed_age_seconds: age }) => age! > 3),
  );
  for (const { revoked_sessions: known } of old) expect(known).toBeGreaterThan(0);
  for (const url of gateways) {
    expect((await viewerAt(url, revoked)).status).toBe(401);
    const served = await post(url, '{ subscribers(first: 1) { totalCount { precision } } }', {
      token: kept.accessToken,
    });
    expect([served.status, served.errors]).toEqual([200, undefined]);
  }
  expect(watching.map(({ end }) => end.value)).toEqual([undefined, undefined]);

  await system.restart('users');
  await logOut(next);
  await expectRejectedEverywhere(next);
  for (const url of gateways) {
    expect((await viewerAt(url, revoked)).status).toBe(401);
    expect((await viewerAt(url, kept)).status).toBe(200);
  }
});
