import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Client } from 'graphql-ws';
import { type AnotherGateway, startAnotherGateway } from './harness/another-gateway.js';
import { eventually } from './harness/eventually.js';
import { codesOf, post } from './harness/http.js';
import { blocksOf, leaveAll, openStream, partsOf } from './harness/http-stream.js';
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
  leaveAll();
  for (const client of clients.splice(0)) await client.dispose();
});
afterAll(async () => {
  await other?.process.stop();
  await system?.stop();
});

interface Session {
  readonly accessToken: string;
}

/** Somebody with two sessions, as on two devices. */
async function onTwoDevices(): Promise<{ lost: Session; kept: Person }> {
  const kept = await newPerson(system.gatewayUrl);
  return { kept, lost: await logIn(system.gatewayUrl, kept.email) };
}

const viewerAt = (url: string, { accessToken: token }: Session) =>
  post(url, '{ viewer { user { id } } }', { token });

async function logOut({ accessToken: token }: Session): Promise<void> {
  const { data, text } = await post(system.gatewayUrl, 'mutation { logout { revoked } }', { token });
  if (data?.logout?.revoked !== 1) throw new Error(`logout: ${text}`);
}

async function refusedEverywhere(session: Session): Promise<void> {
  await Promise.all(
    gateways.map(async (url) => {
      const refused = await eventually(
        () => viewerAt(url, session),
        ({ status }) => status === 401,
      );
      expect(codesOf(refused)).toEqual(['UNAUTHENTICATED']);
      expect(refused.headers.get('www-authenticate')).toContain('invalid_token');
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

test('a session that is ended at one gateway is refused at every gateway, and the other session is not', async () => {
  const { lost, kept } = await onTwoDevices();
  for (const url of gateways)
    for (const each of [lost, kept]) expect((await viewerAt(url, each)).status).toBe(200);
  await logOut(lost);
  await refusedEverywhere(lost);
  for (const url of gateways) expect((await viewerAt(url, kept)).data.viewer.user.id).toBe(kept.userId);
  for (const url of gateways) {
    expect(await watchAt(url, lost).waitForEnd()).toMatchObject({ code: 4403, reason: 'UNAUTHENTICATED' });
  }
});

test('live operations of an ended session end at every gateway, and those of the other session go on', async () => {
  const { lost, kept } = await onTwoDevices();
  const [ending, going] = [lost, kept].map((each) => gateways.map((url) => watchAt(url, each)));
  const streams = await Promise.all(
    gateways.flatMap((url) =>
      ['text/event-stream', 'multipart/mixed;subscriptionSpec=1.0'].map((accept) =>
        openStream(url, { token: lost.accessToken, headers: { accept }, body: BODY }),
      ),
    ),
  );
  for (const each of [...ending!, ...going!]) await each.waitForEvents(1);
  await logOut(lost);
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

test('a gateway is not ready before it has heard which sessions have ended, and stays so when it hears no more', async () => {
  let isTold = false;
  const proxy = createServer((asked, response) => {
    if (!isTold && asked.url?.startsWith('/revoked-sessions')) return response.writeHead(503).end();
    const { method, headers } = asked;
    const passedOn = request(new URL(asked.url!, system.usersUrl), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    passedOn.on('error', () => response.destroy());
    return asked.pipe(passedOn);
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
    isTold = true;
    await eventually(readiness, (now) => now?.status === 'ready');
    isTold = false;
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

test('gateways go on with what they know while users is gone, and hear of the rest once it is back', async () => {
  const [{ lost, kept }, next] = [await onTwoDevices(), await newPerson(system.gatewayUrl)];
  await logOut(lost);
  await refusedEverywhere(lost);
  const watching = gateways.map((url) => watchAt(url, kept));
  for (const each of watching) await each.waitForEvents(1);

  system.processes.users.kill('SIGKILL');
  await system.processes.users.exited;
  const old = await eventually(
    () => Promise.all([system.metricsUrls.gateway, other.metricsUrl].map(revocationMetrics)),
    (all) => all.every(({ revocation_feed_age_seconds: age }) => age! > 3),
  );
  for (const { revoked_sessions: known } of old) expect(known).toBeGreaterThan(0);
  for (const url of gateways) {
    expect((await viewerAt(url, lost)).status).toBe(401);
    const served = await post(url, '{ subscribers(first: 1) { totalCount { precision } } }', {
      token: kept.accessToken,
    });
    expect([served.status, served.errors]).toEqual([200, undefined]);
  }
  expect(watching.map(({ end }) => end.value)).toEqual([undefined, undefined]);

  await system.restart('users');
  await logOut(next);
  await refusedEverywhere(next);
  for (const url of gateways) {
    expect((await viewerAt(url, lost)).status).toBe(401);
    expect((await viewerAt(url, kept)).status).toBe(200);
  }
});
