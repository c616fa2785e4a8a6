import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import type { Identity } from '../../request/identity.js';
import type { IdentityService } from '../../identity/identity.js';
import { RevokedSessions } from '../../identity/revoked-sessions.js';
import { LimitExceeded } from '../../operation/limits/limit-exceeded.js';
import { until } from '../../request/testing/until.js';
import { Subscription, type SubscriptionService } from '../subscription.js';
import { SubscriptionFigures } from '../../telemetry/figures.js';
import type { Operations } from '../operations.js';
import { Audiences } from '../plan/audience.js';
import type { ExecutorRequest } from '../../request/executor-request.js';
import type { SubscriptionPlan } from '../../request/plan.js';
import type { Upstream } from '../../subgraphs/upstream.js';
import type { Watcher } from '../rooms/watcher.js';
import { systemClock } from '../../request/clock.js';
import { Connections } from './connections.js';
import { SubscriptionLimit } from './subscription-limit.js';
import { ServedSockets } from './testing/served-sockets.js';

const ADA: Identity = { viewer: { userId: 'ada', sessionId: 's' }, scopes: new Set() };
const HERE = () => 'here';

let revoked: RevokedSessions;
let connections: Connections;
let subscriptionLimit: SubscriptionLimit;
let served: ServedSockets | undefined;
let socket: WebSocket;
let messages: string[];
/** The watchers that have joined a room. */
let watchers: Watcher[];
/** The result of each operation, and the number of operations. */
let run: () => Promise<unknown>;
let runCount: number;
/** Called when a watcher joins a room. */
let onJoin: (watcher: Watcher) => void;
beforeEach(async () => {
  [watchers, onJoin] = [[], () => {}];
  [run, runCount] = [async () => subscription(), 0];
  revoked = new RevokedSessions(systemClock);
  connections = new Connections(
    { all: 3, perViewer: 3, anonymous: 3, anonymousPerAddress: 3 },
    systemClock,
    revoked,
  );
  subscriptionLimit = new SubscriptionLimit(1);
  await serve();
});
afterEach(() => served?.close());

/** Starts a new server and connects to it. */
async function serve(): Promise<void> {
  await served?.close();
  const identities = { identify: () => ADA } as unknown as IdentityService;
  const operations = {
    figures: new SubscriptionFigures(),
    run: () => {
      runCount += 1;
      return run();
    },
  } as unknown as Operations;
  served = await ServedSockets.start({ identities, connections, operations, subscriptionLimit });
  socket = new WebSocket(`ws://127.0.0.1:${served.port}`, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send('{"type":"connection_init"}');
  await once(socket, 'message');
  const received: string[] = (messages = []);
  socket.on('message', (data) => received.push((data as Buffer).toString()));
}

/** A subscription whose room is controlled by the test. */
function subscription(): Subscription {
  const join = (_topic: unknown, _after: unknown, watcher: Watcher) => {
    watchers.push(watcher);
    onJoin(watcher);
    return { resume: () => {}, leave: () => {} };
  };
  const service = { audiences: new Audiences(), gateway: { version: 1 }, rooms: { join } };
  const upstream = { query: '', operationName: undefined, variables: [], resumption: null };
  const plan = { version: 1, afterVariable: null, audience: 'VIEWER', upstream };
  const context = { identity: ADA, requestId: 'r' };
  const request = { queryHash: 'hash', source: '', operation: {}, request: {}, context };
  return new Subscription(
    plan as unknown as SubscriptionPlan,
    request as unknown as ExecutorRequest,
    {} as Upstream,
    service as unknown as SubscriptionService,
  );
}

function subscribe(id: string, comment = ''): void {
  const query = `subscription { added } # ${comment}`;
  socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query } }));
}

/** Whether the viewer is under the limit. Takes one place and gives it back. */
function isFree(): boolean {
  const end = subscriptionLimit.take(ADA, HERE);
  end?.();
  return end !== null;
}

test('rejects a subscription over the limit of its viewer and keeps the socket open', async () => {
  subscribe('1');
  subscribe('2');
  await until(() => messages.length === 1);
  const { message, extensions } = subscriptionLimit.rejection;
  expect(JSON.parse(messages[0]!)).toEqual({ id: '2', type: 'error', payload: [{ message, extensions }] });
  expect([watchers.length, isFree(), socket.readyState]).toEqual([1, false, WebSocket.OPEN]);
  socket.send('{"id":"1","type":"complete"}');
  await until(isFree);
  subscribe('2');
  await until(() => watchers.length === 2);
});

test('sends an error for a lost upstream, without affecting other subscriptions of the socket', async () => {
  subscriptionLimit = new SubscriptionLimit(2);
  await serve();
  subscribe('1');
  subscribe('2');
  await until(() => watchers.length === 2);
  const [first, second] = watchers;
  first!.cutOff('SUBSCRIPTION_UPSTREAM_LOST');
  second!.next({ cursor: null, json: '{"data":{"added":1}}' });
  await until(() => messages.length === 2);
  const [lost, next] = messages.map((text) => JSON.parse(text) as unknown);
  const extensions = { code: 'SUBSCRIPTION_UPSTREAM_LOST', retryAfterSeconds: expect.any(Number) };
  expect(lost).toEqual({ id: '1', type: 'error', payload: [{ message: expect.any(String), extensions }] });
  expect(next).toEqual({ id: '2', type: 'next', payload: { data: { added: 1 } } });
  subscribe('1');
  await until(() => watchers.length === 3);
  second!.cutOff('SUBSCRIPTION_LAGGED');
  expect(await once(socket, 'close')).toMatchObject([1013, Buffer.from('SUBSCRIPTION_LAGGED')]);
});

test('rejects subscriptions that are too long together and keeps the socket open', async () => {
  const comment = 'x'.repeat(200_000);
  subscribe('1', comment);
  await until(() => watchers.length === 1);
  subscribe('2', comment.repeat(2));
  await until(() => messages.length === 1);
  const { payload } = JSON.parse(messages[0]!) as { payload: [{ extensions: { value: number } }] };
  const { value } = payload[0].extensions;
  expect(payload).toEqual([new LimitExceeded('connectionLength', value, 524_288, 'RATE_LIMITED').formatted]);
  expect([value > 600_000, watchers.length, socket.readyState]).toEqual([true, 1, WebSocket.OPEN]);
});

describe('the viewer can start another subscription once one', () => {
  test.each<[string, () => unknown]>([
    ['is completed by its client', () => socket.send('{"id":"1","type":"complete"}')],
    ['is completed by its room', () => watchers[0]!.complete()],
    ['is rejected by its room', () => watchers[0]!.rejected([{ message: 'no' }])],
    ['has lagged', () => watchers[0]!.cutOff('SUBSCRIPTION_LAGGED')],
    ['has lost its upstream', () => watchers[0]!.cutOff('SUBSCRIPTION_UPSTREAM_LOST')],
    ['is on a socket that closes', () => socket.close()],
    ['is on a socket that is terminated', () => socket.terminate()],
    ['is on a socket that sends an invalid message', () => socket.send('no message')],
    ['belongs to a revoked session', () => revoked.add(['s'])],
    ['is on a gateway that drains', () => connections.drain(0)],
  ])('%s', async (_, end) => {
    subscribe('1');
    await until(() => watchers.length === 1);
    expect(isFree()).toBe(false);
    await end();
    await until(isFree);
  });

  test('is rejected while it joins its room', async () => {
    onJoin = (watcher) => watcher.rejected([{ message: 'no' }]);
    subscribe('1');
    await until(() => watchers.length === 1 && isFree());
  });

  test('cannot join its room', async () => {
    onJoin = () => {
      throw new Error('unexpected');
    };
    subscribe('1');
    await until(() => watchers.length === 1 && isFree());
  });
});

test('finishes running operations before it ends in a drain, and starts no new ones', async () => {
  let finish = (_result: unknown): void => {};
  run = () => new Promise((resolve) => (finish = resolve));
  const closed = once(socket, 'close');
  subscribe('1');
  await until(() => runCount === 1);
  const later = new WebSocket(`ws://127.0.0.1:${served!.port}`, 'graphql-transport-ws');
  await once(later, 'open');
  const drained = connections.drain(0);
  // The later connection ends after the first one, which still waits for its operation.
  await once(later, 'close');
  subscribe('2');
  socket.send('{"type":"ping"}');
  // By then all earlier messages are handled.
  await until(() => messages.includes('{"type":"pong"}'));
  finish({ data: { one: 1 } });
  expect(await closed).toMatchObject([1012, Buffer.from('SUBSCRIPTION_SERVER_DRAINING')]);
  await drained;
  expect(runCount).toBe(1);
  expect(messages.slice(1).map((text) => (JSON.parse(text) as { id: string }).id)).toEqual(['1', '1']);
});
