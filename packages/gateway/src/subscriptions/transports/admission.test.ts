import { expect, test } from '@jest/globals';
import { ANONYMOUS } from '@kit/auth';
import { admit } from './admission.js';
import { RevokedSessions } from '../../identity/revoked-sessions.js';
import { systemClock } from '../../request/clock.js';
import { Connections, type Connection, type ConnectionLimits } from './connections.js';

const connection = (): Connection => ({ end: () => {} });
const HERE = () => 'here';
const connectionsFor = (limits: ConnectionLimits, revoked = new RevokedSessions(systemClock)) =>
  new Connections(limits, systemClock, revoked);
const ADA = { viewer: { userId: 'ada', sessionId: 's' }, scopes: new Set<string>() };

test('rejects a stream over the limit of its viewer without counting it', () => {
  const connections = connectionsFor({ all: 3, perViewer: 1, anonymous: 3, anonymousPerAddress: 3 });
  const first = connection();
  expect(admit(first, ADA, HERE, connections)).toBeNull();
  expect(admit(connection(), ADA, HERE, connections)).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
  expect(connections.size).toBe(1);
  connections.closed(first);
  expect(admit(connection(), ADA, HERE, connections)).toBeNull();
});

test('rejects an anonymous stream over the limit of its address', () => {
  const connections = connectionsFor({ all: 9, perViewer: 1, anonymous: 3, anonymousPerAddress: 1 });
  expect(admit(connection(), ANONYMOUS, HERE, connections)).toBeNull();
  const rejection = admit(connection(), ANONYMOUS, HERE, connections);
  expect(rejection).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
  expect(rejection?.message).toContain('anonymous');
  expect(connections.size).toBe(1);
  expect(admit(connection(), ANONYMOUS, () => 'elsewhere', connections)).toBeNull();
});

test('rejects a stream over the total limit', () => {
  const connections = connectionsFor({ all: 1, perViewer: 1, anonymous: 1, anonymousPerAddress: 1 });
  expect(admit(connection(), ANONYMOUS, HERE, connections)).toBeNull();
  expect(admit(connection(), ANONYMOUS, HERE, connections)).toMatchObject({
    status: 503,
    code: 'RATE_LIMITED',
  });
  expect(connections.size).toBe(1);
});

test('rejects a stream whose session was revoked after its token was verified', () => {
  const revoked = new RevokedSessions(systemClock);
  const connections = connectionsFor({ all: 1, perViewer: 1, anonymous: 1, anonymousPerAddress: 1 }, revoked);
  revoked.add([ADA.viewer.sessionId]);
  expect(admit(connection(), ADA, HERE, connections)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  expect(connections.size).toBe(0);
});

test('rejects streams while the gateway drains', async () => {
  const connections = connectionsFor({ all: 1, perViewer: 1, anonymous: 1, anonymousPerAddress: 1 });
  await connections.drain(0);
  expect(admit(connection(), ANONYMOUS, HERE, connections)).toMatchObject({
    status: 503,
    code: 'SUBSCRIPTION_SERVER_DRAINING',
  });
  expect(connections.size).toBe(0);
});
