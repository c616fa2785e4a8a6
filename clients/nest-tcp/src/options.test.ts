import { describe, expect, test } from '@jest/globals';
import { SubscribersClient } from './subscribers-client.js';
import { SubscribersRecord, type ActingUser } from './subscribers-record.js';

const SECRET = 'a secret of the monolith and the service';
const GOOD = { host: 'localhost', port: 4003, caller: 'monolith', secret: SECRET };

describe('the options of a client', () => {
  test.each<[string, object, string]>([
    ['no host', { host: undefined }, 'host is missing'],
    ['an empty host', { host: '' }, 'host is missing'],
    ['a port as text', { port: '4003' }, 'port must be a number from 1 to 65535'],
    ['port 0', { port: 0 }, 'port must be a number from 1 to 65535'],
    ['a port that is too high', { port: 65_536 }, 'port must be a number from 1 to 65535'],
    ['no caller', { caller: undefined }, 'caller is missing'],
    ['no secret', { secret: undefined }, 'secret must have at least 32 bytes'],
    ['a short secret', { secret: 'x'.repeat(31) }, 'secret must have at least 32 bytes'],
    ['a timeout of 0', { timeoutMs: 0 }, 'timeoutMs must be a whole number from 1 to 2147483647'],
    ['a timeout over the maximum', { timeoutMs: 2 ** 31 }, 'timeoutMs must be a whole number from 1 to'],
    ['an invalid TLS key', { tls: { key: 'invalid', cert: 'none' } }, 'tls is not usable: '],
  ])('reject %s', (_, bad, message) => {
    const make = () => new SubscribersClient({ ...GOOD, ...bad });
    expect(make).toThrow(TypeError);
    expect(make).toThrow(`SubscribersClient: ${message}`);
  });

  test('reject undefined', () => {
    expect(() => new SubscribersClient(undefined as never)).toThrow('SubscribersClient: host is missing');
  });

  test('are not quoted in errors, since they contain the secret', () => {
    expect(() => new SubscribersClient({ ...GOOD, secret: 'short' })).toThrow(/^(?!.*short)/);
  });
});

describe('the user of a record', () => {
  const user: ActingUser = { userId: 'u', sessionId: 's', scopes: [] };
  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['the claims of a token', { sub: 'u', sid: 's', scope: 'subscribers:read' }],
    ['an empty id', { ...user, userId: '' }],
    ['no session', { ...user, sessionId: undefined }],
    ['scopes as text', { ...user, scopes: 'subscribers:read' }],
  ])('must not be %s', (_, bad) => {
    expect(() => new SubscribersRecord('', { user: bad as ActingUser })).toThrow(TypeError);
  });

  test('is optional, and may have no scopes', () => {
    expect(new SubscribersRecord('').options).toEqual({});
    expect(new SubscribersRecord('', { user }).options.user).toBe(user);
  });
});
