import { beforeEach, describe, expect, test } from '@jest/globals';
import { ANONYMOUS } from '@kit/auth';
import type { Identity } from '../../request/identity.js';
import { RevokedSessions } from '../../identity/revoked-sessions.js';
import { Connections, type Connection } from './connections.js';
import { everythingSettled } from '../rooms/testing/scripted-watcher.js';
import { ManualClock } from '../../request/testing/manual-clock.js';

let clock: ManualClock;
let revoked: RevokedSessions;
const HERE = () => 'here';

let connections: Connections;
beforeEach(() => {
  clock = new ManualClock();
  revoked = new RevokedSessions(clock);
  connections = new Connections(
    { all: 3, perViewer: 2, anonymous: 3, anonymousPerAddress: 3 },
    clock,
    revoked,
  );
});

function person(userId: string, expiresInMs?: number): Identity {
  return {
    viewer: { userId, sessionId: `session of ${userId}` },
    scopes: new Set(),
    ...(expiresInMs !== undefined && { expiresAt: new Date(clock.now() + expiresInMs) }),
  };
}

/** Records why it was ended. Closes at once unless it is busy. */
class RecordedConnection implements Connection {
  readonly ends: string[] = [];

  constructor(private readonly isBusy = false) {
    connections.opened(this);
  }

  end(why: string): void {
    this.ends.push(`${why} at ${clock.now() % 100_000}`);
    if (!this.isBusy) connections.closed(this);
  }
}

describe('the token of a connection', () => {
  test('ends only its own connection, exactly when it expires', () => {
    const [ada, bob, anonymous] = [
      new RecordedConnection(),
      new RecordedConnection(),
      new RecordedConnection(),
    ];
    const start = clock.now() % 100_000;
    connections.assign(ada, person('ada', 10_000), HERE);
    connections.assign(bob, person('bob', 20_000), HERE);
    connections.assign(anonymous, ANONYMOUS, HERE);
    clock.advance(9_999);
    expect(ada.ends).toEqual([]);
    clock.advance(1);
    expect([ada.ends, bob.ends]).toEqual([[`SUBSCRIPTION_AUTH_EXPIRED at ${start + 10_000}`], []]);
    clock.advance(86_400_000);
    expect([bob.ends.length, anonymous.ends.length]).toEqual([1, 0]);
  });

  test('has no effect after the connection is closed', () => {
    const ada = new RecordedConnection();
    connections.assign(ada, person('ada', 10_000), HERE);
    connections.closed(ada);
    expect(clock.pending).toBe(0);
    clock.advance(20_000);
    expect(ada.ends).toEqual([]);
  });
});

describe('a revoked session', () => {
  const inSession = (sessionId: string): Identity => ({
    ...person('ada'),
    viewer: { userId: 'ada', sessionId },
  });

  test('ends all of its connections and no others', () => {
    const [one, two, other, anonymous] = [0, 1, 2, 3].map(() => new RecordedConnection()) as [
      RecordedConnection,
      RecordedConnection,
      RecordedConnection,
      RecordedConnection,
    ];
    connections = new Connections(
      { all: 9, perViewer: 9, anonymous: 3, anonymousPerAddress: 3 },
      clock,
      revoked,
    );
    for (const each of [one, two, other, anonymous]) connections.opened(each);
    connections.assign(one, inSession('lost phone'), HERE);
    connections.assign(two, inSession('lost phone'), HERE);
    connections.assign(other, inSession('desk'), HERE);
    connections.assign(anonymous, ANONYMOUS, HERE);
    revoked.add(['lost phone', 'a session at another gateway']);
    expect([one, two, other, anonymous].map(({ ends }) => ends.length)).toEqual([1, 1, 0, 0]);
    expect(one.ends[0]).toContain('SUBSCRIPTION_AUTH_EXPIRED');
    expect(connections.size).toBe(2);
  });

  test('is rejected even if its token was verified before', () => {
    const late = new RecordedConnection();
    const identity = inSession('lost phone');
    revoked.add(['lost phone']);
    expect(connections.assign(late, identity, HERE)).toBe('SUBSCRIPTION_AUTH_EXPIRED');
    connections.closed(late);
    expect(connections.size).toBe(0);
  });

  test('does not end a closed connection', () => {
    const gone = new RecordedConnection();
    connections.assign(gone, inSession('lost phone'), HERE);
    connections.closed(gone);
    revoked.add(['lost phone']);
    expect(gone.ends).toEqual([]);
  });
});

describe('limits', () => {
  test('count the connections of a viewer over all sessions, until one is closed', () => {
    const [first, second, third] = [
      new RecordedConnection(),
      new RecordedConnection(),
      new RecordedConnection(),
    ];
    expect(connections.assign(first, person('ada'), HERE)).toBeNull();
    expect(
      connections.assign(second, { ...person('ada'), viewer: { userId: 'ada', sessionId: 's2' } }, HERE),
    ).toBeNull();
    expect(connections.assign(third, person('ada'), HERE)).toBe('RATE_LIMITED');
    expect(connections.assign(third, person('bob'), HERE)).toBeNull();
    connections.closed(first);
    expect(connections.assign(new RecordedConnection(), person('ada'), HERE)).toBeNull();
  });

  test('restrict anonymous clients together to a part of the connections', () => {
    connections = new Connections(
      { all: 9, perViewer: 2, anonymous: 3, anonymousPerAddress: 3 },
      clock,
      revoked,
    );
    const clients = Array.from({ length: 4 }, () => new RecordedConnection());
    const rejections = clients.map((each, n) => connections.assign(each, ANONYMOUS, () => String(n)));
    expect(rejections).toEqual([null, null, null, 'RATE_LIMITED']);
    expect(connections.assign(new RecordedConnection(), person('ada'), HERE)).toBeNull();
    connections.closed(clients[0]!);
    expect(connections.assign(clients[3]!, ANONYMOUS, HERE)).toBeNull();
  });

  test('restrict anonymous clients at one address, without counting authenticated ones', () => {
    connections = new Connections(
      { all: 9, perViewer: 2, anonymous: 4, anonymousPerAddress: 2 },
      clock,
      revoked,
    );
    const clients = Array.from({ length: 3 }, () => new RecordedConnection());
    const rejections = clients.map((each) => connections.assign(each, ANONYMOUS, HERE));
    expect(rejections).toEqual([null, null, 'RATE_LIMITED']);
    expect(connections.assign(new RecordedConnection(), ANONYMOUS, () => 'elsewhere')).toBeNull();
    expect(connections.assign(new RecordedConnection(), person('ada'), HERE)).toBeNull();
    connections.closed(clients[2]!);
    expect(connections.assign(new RecordedConnection(), ANONYMOUS, HERE)).toBe('RATE_LIMITED');
    connections.closed(clients[0]!);
    expect(connections.assign(new RecordedConnection(), ANONYMOUS, HERE)).toBeNull();
  });

  test('restrict all connections together', () => {
    const all = [new RecordedConnection(), new RecordedConnection()];
    expect(connections.ensureCapacity()).toBe(true);
    all.push(new RecordedConnection());
    expect(connections.ensureCapacity()).toBe(false);
    connections.closed(all[0]!);
    expect(connections.ensureCapacity()).toBe(true);
  });
});

describe('a connection without identity', () => {
  const capacity = 3;
  let evicted: number[];
  const openSilent = (n: number) => {
    const connection: Connection = { end: () => {} };
    connections.opened(connection, () => evicted.push(n));
    return connection;
  };
  beforeEach(() => {
    evicted = [];
  });

  test('is evicted when its place is needed after a second, the oldest first', () => {
    for (let n = 0; n < capacity; n += 1) openSilent(n);
    clock.advance(999);
    expect([connections.ensureCapacity(), evicted]).toEqual([false, []]);
    clock.advance(1);
    for (const expected of [[0], [0, 1]]) {
      expect([connections.ensureCapacity(), connections.size, evicted]).toEqual([
        true,
        capacity - 1,
        expected,
      ]);
      openSilent(capacity);
    }
  });

  test('is not evicted below the limit', () => {
    openSilent(0);
    clock.advance(60_000);
    expect([connections.ensureCapacity(), evicted]).toEqual([true, []]);
  });

  test('is safe from eviction once it is assigned, and is evicted only once', () => {
    const [ada, anonymous, silent] = [openSilent(0), openSilent(1), openSilent(2)];
    expect([
      connections.assign(ada, person('ada'), HERE),
      connections.assign(anonymous, ANONYMOUS, HERE),
    ]).toEqual([null, null]);
    clock.advance(60_000);
    expect([connections.ensureCapacity(), evicted]).toEqual([true, [2]]);
    expect(connections.assign(silent, person('bob'), HERE)).toBe('RATE_LIMITED');
    connections.closed(silent);
    expect(connections.size).toBe(2);
    openSilent(3);
    expect(connections.ensureCapacity()).toBe(false);
  });

  test('is not evicted after it is closed', () => {
    const [left] = [openSilent(0), openSilent(1), openSilent(2)];
    connections.closed(left);
    openSilent(3);
    clock.advance(1_000);
    expect([connections.ensureCapacity(), evicted]).toEqual([true, [1]]);
  });
});

describe('a drain', () => {
  test('ends the connections over the window, and resolves when the last one is closed', async () => {
    connections = new Connections(
      { all: 5_000, perViewer: 2, anonymous: 3, anonymousPerAddress: 3 },
      clock,
      new RevokedSessions(clock),
    );
    const start = clock.now();
    const all = Array.from({ length: 4_000 }, (_, n) => new RecordedConnection(n === 7));
    let isDone = false;
    const drained = connections.drain(1_000).then(() => (isDone = true));
    expect(connections.isDraining).toBe(true);
    clock.advance(0);
    const ended = () => all.filter(({ ends }) => ends.length > 0).length;
    expect(ended()).toBe(1);
    clock.advance(500);
    expect(ended()).toBeGreaterThan(1_950);
    expect(ended()).toBeLessThan(2_050);
    clock.advance(500);
    expect(ended()).toBe(4_000);
    expect(clock.now() - start).toBe(1_000);
    await everythingSettled();
    expect(isDone).toBe(false);
    connections.closed(all[7]!);
    await drained;
  });

  test('takes less than the window for few connections', async () => {
    const all = [new RecordedConnection(), new RecordedConnection()];
    const drained = connections.drain(60_000);
    clock.advance(10);
    await drained;
    expect(all.map(({ ends }) => ends.length)).toEqual([1, 1]);
  });

  test('resolves at once without connections', async () => {
    await connections.drain(60_000);
    expect(connections.isDraining).toBe(true);
  });
});
