import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import type { Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { eventually } from './harness/eventually.js';
import { FaultProxy } from './harness/fault-proxy.js';
import { liveClient, watch } from './harness/live-client.js';
import { addSubscriber, freshEmail, newPerson, type Person } from './harness/people.js';
import { OUR_SITE, startTestSystem } from './harness/test-system.js';

const ADDED = 'subscription { subscriberAdded(bookmarks: true) { subscriber { email } } }';
const PER_VIEWER = 3;
const IN_ALL = 6;
/** A quarter of them. */
const ANONYMOUS = 2;
const OPERATIONS = 4;

let proxy: FaultProxy;
let system: System;
let ada: Person;
let bob: Person;
beforeAll(async () => {
  system = await startTestSystem({
    env: {
      gateway: {
        LIVE_CONNECTIONS: String(IN_ALL),
        LIVE_CONNECTIONS_PER_VIEWER: String(PER_VIEWER),
        OPERATIONS_PER_CONNECTION: String(OPERATIONS),
        CONNECTION_INIT_TIMEOUT_MS: '600000',
        // Otherwise the proxy might hold the response to a poll.
        REVOCATIONS_POLL_MS: '60000',
      },
    },
    between: { users: async (origin) => (proxy = await FaultProxy.inFrontOf(origin)).origin },
  });
  [ada, bob] = await Promise.all([newPerson(system.gatewayUrl), newPerson(system.gatewayUrl)]);
});
const clients: Client[] = [];
const sockets: WebSocket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  for (const client of clients.splice(0)) await client.dispose();
  proxy.release();
});
afterAll(async () => {
  await system?.stop();
  await proxy?.close();
});

function clientOf(person: Person): Client {
  const client = liveClient(system.gatewayUrl, person.accessToken);
  clients.push(client);
  return client;
}

/** Waits until the connections of earlier tests are closed. */
async function noConnections(): Promise<void> {
  await eventually(
    async () => (await fetch(system.metricsUrls.gateway)).text(),
    (metrics) => /^live_connections 0$/m.test(metrics),
  );
}

/** Watches on a new socket. */
const watchAs = (person: Person) => watch(clientOf(person), ADDED);

/** Requests an upgrade; returns `open`, or the message of the error. */
async function openSocket(origin?: string): Promise<string> {
  const socket = new WebSocket(system.gatewayUrl.replace(/^http/, 'ws'), 'graphql-transport-ws', {
    ...(origin !== undefined && { origin }),
  });
  sockets.push(socket);
  return new Promise((resolve) => {
    socket.once('open', () => resolve('open'));
    socket.once('error', ({ message }) => resolve(message));
  });
}

describe('a WebSocket', () => {
  test.each([undefined, OUR_SITE, 'http://127.0.0.1'])('can be opened with the origin %s', async (origin) => {
    const own = new URL(system.gatewayUrl).origin;
    expect(await openSocket(origin === 'http://127.0.0.1' ? own : origin)).toBe('open');
  });

  test.each(['https://evil.example.com', `${OUR_SITE}.evil.example`, 'null', '::'])(
    'cannot be opened by a page of %s',
    async (origin) => {
      expect(await openSocket(origin)).toContain('403');
    },
  );

  test('is closed after a message in more than 1,000 fragments', async () => {
    expect(await openSocket()).toBe('open');
    const socket = sockets[0]!;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    for (let piece = 0; piece <= 1_000; piece += 1) socket.send(' ', { fin: false });
    expect(await closed).toBe(1008);
  });

  test(`may have ${OPERATIONS} operations at a time: the next is rejected, the others continue`, async () => {
    const client = clientOf(ada);
    const watching = Array.from({ length: OPERATIONS }, () => watch(client, ADDED));
    for (const each of watching) await each.waitForEvents(1);
    const oneMore = watch(client, '{ viewer { email } }');
    expect(await oneMore.waitForEnd()).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }]);
    watching[0]!.stop();
    const instead = watch(client, '{ viewer { email } }');
    expect(await instead.waitForEvents(1)).toEqual([{ data: { viewer: { email: ada.email } } }]);
    const email = freshEmail();
    await addSubscriber(system.gatewayUrl, ada.accessToken, { email });
    for (const each of watching.slice(1)) {
      expect((await each.waitForEvents(2))[1]?.data).toEqual({ subscriberAdded: { subscriber: { email } } });
    }
  });
});

describe('operations of a WebSocket', () => {
  test('count until they are complete, even if their client has cancelled them', async () => {
    const client = clientOf(ada);
    await watch(client, '{ __typename }').waitForEnd();
    proxy.hold();
    const queries = Array.from({ length: OPERATIONS }, () => watch(client, '{ viewer { email } }'));
    await eventually(
      () => proxy.held,
      (held) => held >= OPERATIONS,
    );
    for (const each of queries) each.stop();
    const oneMore = watch(client, '{ viewer { email } }');
    expect(await oneMore.waitForEnd()).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }]);
    proxy.release();
    await eventually(
      async () => {
        const again = watch(client, '{ viewer { email } }');
        await again.waitForEnd();
        return again.events.length;
      },
      (events) => events === 1,
    );
  });

  test('are rejected when a subscription is too long to keep', async () => {
    const client = clientOf(ada);
    const watchLong = () => watch(client, `${ADDED} # ${'x'.repeat(30_000)}`);
    const watching = Array.from({ length: OPERATIONS }, watchLong);
    for (const each of watching) await each.waitForEvents(1);
    const tooLong = watch(
      clientOf(bob),
      'subscription ($filter: SubscriberFilter) { subscriberAdded(filter: $filter) { cursor } }',
      { filter: { query: 'x'.repeat(70_000) } },
    );
    expect(await tooLong.waitForEnd()).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT', limit: 'liveLength', value: expect.any(Number) } },
    ]);
  });
});

describe('connections', () => {
  test(`are limited to ${PER_VIEWER} per viewer`, async () => {
    await noConnections();
    const watching = Array.from({ length: PER_VIEWER }, () => watchAs(ada));
    for (const each of watching) await each.waitForEvents(1);
    const oneMore = watchAs(ada);
    expect(await oneMore.waitForEnd()).toMatchObject({ code: 1013, reason: 'RATE_LIMITED' });
    await watchAs(bob).waitForEvents(1);
    await clients[0]!.dispose();
    await eventually(
      async () => {
        const again = watchAs(ada);
        const { length } = await eventually(
          () => [...again.events, ...(again.end.value ? ['ended'] : [])],
          (outcome) => outcome.length > 0,
        );
        return again.events.length === length;
      },
      (isIn) => isIn,
    );
  });

  test(`are limited to ${IN_ALL} in all: the next upgrade gets 503, until one is closed`, async () => {
    await noConnections();
    const users = [ada, ada, ada, bob, bob, bob];
    for (const person of users) await watchAs(person).waitForEvents(1);
    expect(await openSocket()).toContain('503');
    await clients[0]!.dispose();
    await eventually(
      () => openSocket(),
      (outcome) => outcome === 'open',
    );
  });

  test(`are limited to ${ANONYMOUS} for anonymous clients, and one per address`, async () => {
    await noConnections();
    /** Connects without a token; returns the first message or the close event. */
    const connectFrom = async (localAddress: string) => {
      const socket = new WebSocket(system.gatewayUrl.replace(/^http/, 'ws'), 'graphql-transport-ws', {
        localAddress,
      });
      sockets.push(socket);
      await once(socket, 'open');
      const message = once(socket, 'message').then(([data]) => String(data));
      const closed = once(socket, 'close').then(([code, reason]) => `${code} ${reason}`);
      socket.send('{"type":"connection_init"}');
      return Promise.race([message, closed]);
    };
    const accepted = '{"type":"connection_ack"}';
    expect(await connectFrom('127.0.0.1')).toBe(accepted);
    expect(await connectFrom('127.0.0.1')).toBe('1013 RATE_LIMITED');
    expect(await connectFrom('127.0.0.2')).toBe(accepted);
    expect(await connectFrom('127.0.0.3')).toBe('1013 RATE_LIMITED');
    await watchAs(ada).waitForEvents(1);
  });
});

test('a user can connect while sockets that send nothing have all places', async () => {
  await noConnections();
  for (let n = 0; n < IN_ALL; n += 1) expect(await openSocket()).toBe('open');
  const client = liveClient(system.gatewayUrl, ada.accessToken, Infinity);
  clients.push(client);
  await watch(client, ADDED).waitForEvents(1);
  await eventually(
    () => sockets.filter(({ readyState }) => readyState === WebSocket.CLOSED).length,
    (closed) => closed === 1,
  );
});

test('a gateway that drains responds to the queries on a socket before it closes the socket', async () => {
  const watching = watchAs(ada);
  await watching.waitForEvents(1);
  const client = clientOf(bob);
  const live = watch(client, ADDED);
  await live.waitForEvents(1);
  proxy.hold();
  const query = watch(client, '{ viewer { email } }');
  await eventually(
    () => proxy.held,
    (held) => held > 0,
  );
  // The gateway does not wait for half a request.
  const half = connect(Number(new URL(system.gatewayUrl).port), '127.0.0.1');
  await new Promise<void>((resolve) => half.write('POST /graphql HT', () => resolve()));
  system.processes.gateway.kill('SIGTERM');
  // This socket has no query to wait for.
  expect(await watching.waitForEnd()).toMatchObject({ code: 1012, reason: 'SUBSCRIPTION_SERVER_DRAINING' });
  expect([query.events, live.end]).toEqual([[], {}]);
  proxy.release();
  expect(await query.waitForEvents(1)).toEqual([{ data: { viewer: { email: bob.email } } }]);
  expect(await live.waitForEnd()).toMatchObject({ code: 1012, reason: 'SUBSCRIPTION_SERVER_DRAINING' });
  expect(await system.processes.gateway.exited).toMatchObject({ code: 0 });
});
