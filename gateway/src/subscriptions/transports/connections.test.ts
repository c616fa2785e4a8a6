import { beforeEach, describe, expect, test } from '@jest/globals';
import { ANONYMOUS } from '@supergraph/auth-context/auth-context';
import type { Identity } from '../../identity/identity.js';
import { RevokedSessions } from '../../identity/revoked-sessions.js';
import { Connections, type Connection } from './connections.js';
import { everythingSettled } from '../rooms/testing/scripted-watcher.js';
import { TurnedClock } from './testing/turned-clock.js';

let clock: TurnedClock;
let revoked: RevokedSessions;
const HERE = () => 'here';

let connections: Connections;
beforeEach(() => {
  clock = new TurnedClock();
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

/** Notes why it was ended; closes at once unless it has to finish something. */
class NotedConnection implements Connection {
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
  test('ends it when it expires, not a moment before, and no other', () => {
    const [ada, bob, stranger] = [new NotedConnection(), new NotedConnection(), new NotedConnection()];
    const start = clock.now() % 100_000;
    connections.belongsTo(ada, person('ada', 10_000), HERE);
    connections.belongsTo(bob, person('bob', 20_000), HERE);
    connections.belongsTo(stranger, ANONYMOUS, HERE);
    clock.turn(9_999);
    expect(ada.ends).toEqual([]);
    clock.turn(1);
    expect([ada.ends, bob.ends]).toEqual([[`SUBSCRIPTION_AUTH_EXPIRED at ${start + 10_000}`], []]);
    clock.turn(86_400_000);
    expect([bob.ends.length, stranger.ends.length]).toEqual([1, 0]);
  });

  test('means nothing any more once the connection is closed', () => {
    const ada = new NotedConnection();
    connections.belongsTo(ada, person('ada', 10_000), HERE);
    connections.closed(ada);
    expect(clock.planned).toBe(0);
    clock.turn(20_000);
    expect(ada.ends).toEqual([]);
  });
});

describe('a session that is ended', () => {
  const inSession = (sessionId: string): Identity => ({
    ...person('ada'),
    viewer: { userId: 'ada', sessionId },
  });

  test('ends all its connections, and none of another session or of a stranger', () => {
    const [one, two, other, stranger] = [0, 1, 2, 3].map(() => new NotedConnection()) as [
      NotedConnection,
      NotedConnection,
      NotedConnection,
      NotedConnection,
    ];
    connections = new Connections(
      { all: 9, perViewer: 9, anonymous: 3, anonymousPerAddress: 3 },
      clock,
      revoked,
    );
    for (const each of [one, two, other, stranger]) connections.opened(each);
    connections.belongsTo(one, inSession('lost phone'), HERE);
    connections.belongsTo(two, inSession('lost phone'), HERE);
    connections.belongsTo(other, inSession('desk'), HERE);
    connections.belongsTo(stranger, ANONYMOUS, HERE);
    revoked.add(['lost phone', 'of somebody at another gateway']);
    expect([one, two, other, stranger].map(({ ends }) => ends.length)).toEqual([1, 1, 0, 0]);
    expect(one.ends[0]).toContain('SUBSCRIPTION_AUTH_EXPIRED');
    expect(connections.size).toBe(2);
  });

  test('gets no connection any more, whenever its token was looked at', () => {
    const late = new NotedConnection();
    const identity = inSession('lost phone');
    revoked.add(['lost phone']);
    expect(connections.belongsTo(late, identity, HERE)).toBe('SUBSCRIPTION_AUTH_EXPIRED');
    connections.closed(late);
    expect(connections.size).toBe(0);
  });

  test('means nothing to a connection that is closed', () => {
    const gone = new NotedConnection();
    connections.belongsTo(gone, inSession('lost phone'), HERE);
    connections.closed(gone);
    revoked.add(['lost phone']);
    expect(gone.ends).toEqual([]);
  });
});

describe('limits', () => {
  test('hold for a viewer, over all sessions, until one of their connections is closed', () => {
    const [first, second, third] = [new NotedConnection(), new NotedConnection(), new NotedConnection()];
    expect(connections.belongsTo(first, person('ada'), HERE)).toBeNull();
    expect(
      connections.belongsTo(second, { ...person('ada'), viewer: { userId: 'ada', sessionId: 's2' } }, HERE),
    ).toBeNull();
    expect(connections.belongsTo(third, person('ada'), HERE)).toBe('RATE_LIMITED');
    expect(connections.belongsTo(third, person('bob'), HERE)).toBeNull();
    connections.closed(first);
    expect(connections.belongsTo(new NotedConnection(), person('ada'), HERE)).toBeNull();
  });

  test('leave anonymous clients, all together, a part of the places', () => {
    connections = new Connections(
      { all: 9, perViewer: 2, anonymous: 3, anonymousPerAddress: 3 },
      clock,
      revoked,
    );
    const clients = Array.from({ length: 4 }, () => new NotedConnection());
    const areIn = clients.map((each, n) => connections.belongsTo(each, ANONYMOUS, () => String(n)));
    expect(areIn).toEqual([null, null, null, 'RATE_LIMITED']);
    expect(connections.belongsTo(new NotedConnection(), person('ada'), HERE)).toBeNull();
    connections.closed(clients[0]!);
    expect(connections.belongsTo(clients[3]!, ANONYMOUS, HERE)).toBeNull();
  });

  test('leave anonymous clients at one address a part of that, and count nobody who has logged in', () => {
    connections = new Connections(
      { all: 9, perViewer: 2, anonymous: 4, anonymousPerAddress: 2 },
      clock,
      revoked,
    );
    const clients = Array.from({ length: 3 }, () => new NotedConnection());
    const areIn = clients.map((each) => connections.belongsTo(each, ANONYMOUS, HERE));
    expect(areIn).toEqual([null, null, 'RATE_LIMITED']);
    expect(connections.belongsTo(new NotedConnection(), ANONYMOUS, () => 'elsewhere')).toBeNull();
    expect(connections.belongsTo(new NotedConnection(), person('ada'), HERE)).toBeNull();
    connections.closed(clients[2]!);
    expect(connections.belongsTo(new NotedConnection(), ANONYMOUS, HERE)).toBe('RATE_LIMITED');
    connections.closed(clients[0]!);
    expect(connections.belongsTo(new NotedConnection(), ANONYMOUS, HERE)).toBeNull();
  });

  test('hold for all together', () => {
    const all = [new NotedConnection(), new NotedConnection()];
    expect(connections.makeRoom()).toBe(true);
    all.push(new NotedConnection());
    expect(connections.makeRoom()).toBe(false);
    connections.closed(all[0]!);
    expect(connections.makeRoom()).toBe(true);
  });
});

describe('who has not said yet who they are', () => {
  const places = 3;
  let gone: number[];
  const newcomer = (n: number) => {
    const connection: Connection = { end: () => {} };
    connections.opened(connection, () => gone.push(n));
    return connection;
  };
  beforeEach(() => {
    gone = [];
  });

  test('gives way to others, the first one first, once there was time to say so', () => {
    for (let n = 0; n < places; n += 1) newcomer(n);
    clock.turn(999);
    expect([connections.makeRoom(), gone]).toEqual([false, []]);
    clock.turn(1);
    for (const went of [[0], [0, 1]]) {
      expect([connections.makeRoom(), connections.size, gone]).toEqual([true, places - 1, went]);
      newcomer(places);
    }
  });

  test('keeps the place while there are others', () => {
    newcomer(0);
    clock.turn(60_000);
    expect([connections.makeRoom(), gone]).toEqual([true, []]);
  });

  test('keeps it for good once it is told, and is not sent away twice', () => {
    const [ada, stranger, silent] = [newcomer(0), newcomer(1), newcomer(2)];
    expect([
      connections.belongsTo(ada, person('ada'), HERE),
      connections.belongsTo(stranger, ANONYMOUS, HERE),
    ]).toEqual([null, null]);
    clock.turn(60_000);
    expect([connections.makeRoom(), gone]).toEqual([true, [2]]);
    expect(connections.belongsTo(silent, person('bob'), HERE)).toBe('RATE_LIMITED');
    connections.closed(silent);
    expect(connections.size).toBe(2);
    newcomer(3);
    expect(connections.makeRoom()).toBe(false);
  });

  test('has no place any more that was given up', () => {
    const [left] = [newcomer(0), newcomer(1), newcomer(2)];
    connections.closed(left);
    newcomer(3);
    clock.turn(1_000);
    expect([connections.makeRoom(), gone]).toEqual([true, [1]]);
  });
});

describe('a drain', () => {
  test('ends the connections one after the other, and is over when the last one is closed', async () => {
    connections = new Connections(
      { all: 5_000, perViewer: 2, anonymous: 3, anonymousPerAddress: 3 },
      clock,
      new RevokedSessions(clock),
    );
    const start = clock.now();
    const all = Array.from({ length: 4_000 }, (_, n) => new NotedConnection(n === 7));
    let isOver = false;
    const drained = connections.drain(1_000).then(() => (isOver = true));
    expect(connections.isDraining).toBe(true);
    clock.turn(0);
    const ended = () => all.filter(({ ends }) => ends.length > 0).length;
    expect(ended()).toBe(1);
    clock.turn(500);
    expect(ended()).toBeGreaterThan(1_950);
    expect(ended()).toBeLessThan(2_050);
    clock.turn(500);
    expect(ended()).toBe(4_000);
    expect(clock.now() - start).toBe(1_000);
    await everythingSettled();
    expect(isOver).toBe(false);
    connections.closed(all[7]!);
    await drained;
  });

  test('of few connections does not take the whole window', async () => {
    const all = [new NotedConnection(), new NotedConnection()];
    const drained = connections.drain(60_000);
    clock.turn(10);
    await drained;
    expect(all.map(({ ends }) => ends.length)).toEqual([1, 1]);
  });

  test('of none is over at once', async () => {
    await connections.drain(60_000);
    expect(connections.isDraining).toBe(true);
  });
});
