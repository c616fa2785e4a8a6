import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import type { Identity, IdentityService } from '../../identity/identity.js';
import { RevokedSessions } from '../../identity/revoked-sessions.js';
import { until } from '../../identity/testing/until.js';
import { Subscription, type SubscriptionService } from '../subscription.js';
import { LiveFigures } from '../metrics/figures.js';
import type { Operations } from '../operations.js';
import { Audiences } from '../plan/audience.js';
import type { ExecutorRequest, SubscriptionPlan } from '../plan/plan.js';
import type { Upstream } from '../rooms/upstream.js';
import type { Watcher } from '../rooms/watcher.js';
import { systemClock } from '../../clock.js';
import { Connections } from './connections.js';
import { SubscriptionLimit } from './subscription-limit.js';
import { ServedSockets } from './testing/served-sockets.js';

const ADA: Identity = { viewer: { userId: 'ada', sessionId: 's' }, scopes: new Set() };
const HERE = () => 'here';

let revoked: RevokedSessions;
let connections: Connections;
let liveLimit: SubscriptionLimit;
let served: ServedSockets | undefined;
let socket: WebSocket;
let messages: string[];
/** Those of the live operations, as a room has them. */
let watchers: Watcher[];
/** What the gateway makes of an operation; how many it was asked for. */
let run: () => Promise<unknown>;
let asked: number;
/** What a room does about whoever comes. */
let onJoin: (watcher: Watcher) => void;
beforeEach(async () => {
  [watchers, onJoin] = [[], () => {}];
  [run, asked] = [async () => subscription(), 0];
  revoked = new RevokedSessions(systemClock);
  connections = new Connections(
    { all: 3, perViewer: 3, anonymous: 3, anonymousPerAddress: 3 },
    systemClock,
    revoked,
  );
  liveLimit = new SubscriptionLimit(1);
  await serve();
});
afterEach(() => served?.close());

/** Serves anew, and connects to it. */
async function serve(): Promise<void> {
  await served?.close();
  const identities = { identify: () => ADA } as unknown as IdentityService;
  const operations = {
    figures: new LiveFigures(),
    run: () => {
      asked += 1;
      return run();
    },
  } as unknown as Operations;
  served = await ServedSockets.start({ identities, connections, operations, liveLimit });
  socket = new WebSocket(`ws://127.0.0.1:${served.port}`, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send('{"type":"connection_init"}');
  await once(socket, 'message');
  const told: string[] = (messages = []);
  socket.on('message', (data) => told.push((data as Buffer).toString()));
}

/** One whose room is the test's. */
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

/** Whether its viewer could have one more; one is taken and given back. */
function isFree(): boolean {
  const end = liveLimit.take(ADA, HERE);
  end?.();
  return end !== null;
}

test('an operation over the limit of its viewer is refused, and the socket lives on', async () => {
  subscribe('1');
  subscribe('2');
  await until(() => messages.length === 1);
  const { message, extensions } = liveLimit.refusal;
  expect(JSON.parse(messages[0]!)).toEqual({ id: '2', type: 'error', payload: [{ message, extensions }] });
  expect([watchers.length, isFree(), socket.readyState]).toEqual([1, false, WebSocket.OPEN]);
  socket.send('{"id":"1","type":"complete"}');
  await until(isFree);
  subscribe('2');
  await until(() => watchers.length === 2);
});

test('an operation that has lost its upstream gets an error, and the socket and its other operations go on', async () => {
  liveLimit = new SubscriptionLimit(2);
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

test('operations that are too long together are refused by the limit and the value, and the socket lives on', async () => {
  const comment = 'x'.repeat(200_000);
  subscribe('1', comment);
  await until(() => watchers.length === 1);
  subscribe('2', comment.repeat(2));
  await until(() => messages.length === 1);
  const { payload } = JSON.parse(messages[0]!) as { payload: [{ extensions: { value: number } }] };
  const { value } = payload[0].extensions;
  expect(payload).toEqual([
    {
      message: `The connection has ${value} characters of live operations; at most 524288 are allowed.`,
      extensions: { code: 'RATE_LIMITED', limit: 'connectionLength', value },
    },
  ]);
  expect([value > 600_000, watchers.length, socket.readyState]).toEqual([true, 1, WebSocket.OPEN]);
});

describe('its viewer may have another live operation once one', () => {
  test.each<[string, () => unknown]>([
    ['is let go of by its client', () => socket.send('{"id":"1","type":"complete"}')],
    ['is complete', () => watchers[0]!.complete()],
    ['is refused by its room', () => watchers[0]!.refused([{ message: 'no' }])],
    ['has lagged', () => watchers[0]!.cutOff('SUBSCRIPTION_LAGGED')],
    ['has lost its upstream', () => watchers[0]!.cutOff('SUBSCRIPTION_UPSTREAM_LOST')],
    ['is on a socket that closes', () => socket.close()],
    ['is on a socket that breaks', () => socket.terminate()],
    ['is on a socket that is closed for what it sends', () => socket.send('no message')],
    ['is of a session that is ended', () => revoked.add(['s'])],
    ['is on a gateway that drains', () => connections.drain(0)],
  ])('%s', async (_, end) => {
    subscribe('1');
    await until(() => watchers.length === 1);
    expect(isFree()).toBe(false);
    await end();
    await until(isFree);
  });

  test('is refused as it joins its room', async () => {
    onJoin = (watcher) => watcher.refused([{ message: 'no' }]);
    subscribe('1');
    await until(() => watchers.length === 1 && isFree());
  });

  test('cannot join its room', async () => {
    onJoin = () => {
      throw new Error('nobody foresaw this');
    };
    subscribe('1');
    await until(() => watchers.length === 1 && isFree());
  });
});

test('a connection that is to end answers what it was asked before, and takes nothing new', async () => {
  let answer = (_result: unknown): void => {};
  run = () => new Promise((resolve) => (answer = resolve));
  const closed = once(socket, 'close');
  subscribe('1');
  await until(() => asked === 1);
  const later = new WebSocket(`ws://127.0.0.1:${served!.port}`, 'graphql-transport-ws');
  await once(later, 'open');
  const drained = connections.drain(0);
  // It comes after the other one, which has something to wait for.
  await once(later, 'close');
  subscribe('2');
  socket.send('{"type":"ping"}');
  // What was sent before is dealt with by then.
  await until(() => messages.includes('{"type":"pong"}'));
  answer({ data: { one: 1 } });
  expect(await closed).toMatchObject([1012, Buffer.from('SUBSCRIPTION_SERVER_DRAINING')]);
  await drained;
  expect(asked).toBe(1);
  expect(messages.slice(1).map((text) => (JSON.parse(text) as { id: string }).id)).toEqual(['1', '1']);
});
