import { describe, expect, test } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { ANONYMOUS, type AuthContext } from './auth-context.js';
import {
  claimedIssuer,
  signTxnToken,
  txnTokenKey,
  UntrustedCallerError,
  verifyTxnToken,
} from './txn-token.js';

const SECRET = 'a secret of one subgraph, 32 bytes long or more';
const key = txnTokenKey(SECRET);
const otherKey = txnTokenKey('the secret of another subgraph, of equal length');
const auth: AuthContext = {
  viewer: { userId: 'u1', sessionId: 's1' },
  scopes: new Set(['invoices:read', 'orders:read']),
};

/** A valid token with some claims changed. */
function forge(claims: object, options: jwt.SignOptions = {}, secret: jwt.Secret = SECRET): string {
  const now = Math.floor(Date.now() / 1000);
  return jwt.sign(
    { iss: 'gateway', aud: 'orders', scope: '', iat: now, exp: now + 60, ...claims },
    secret,
    options,
  );
}

describe('transaction tokens', () => {
  test('contain the user, the session and the scopes', () => {
    expect(verifyTxnToken(signTxnToken(auth, 'orders', key), 'orders', [key])).toEqual(auth);
  });

  test('need no session', () => {
    const user: AuthContext = { viewer: { userId: 'u1', sessionId: null }, scopes: new Set() };
    const token = signTxnToken(user, 'orders', key);
    expect(jwt.decode(token)).not.toHaveProperty('sid');
    expect(verifyTxnToken(token, 'orders', [key])).toEqual(user);
  });

  test('can be anonymous', () => {
    expect(verifyTxnToken(signTxnToken(ANONYMOUS, 'orders', key), 'orders', [key])).toEqual(ANONYMOUS);
  });

  test('can have scopes without a user, for shared subscriptions', () => {
    const room: AuthContext = { viewer: null, scopes: new Set(['invoices:read']) };
    expect(verifyTxnToken(signTxnToken(room, 'orders', key), 'orders', [key])).toEqual(room);
  });

  test('contain the origin of the request as far as it is known', () => {
    for (const origin of [
      { ip: '192.0.2.1', userAgent: 'Firefox' },
      { ip: '2001:db8::1', userAgent: null },
      { ip: null, userAgent: null },
    ]) {
      const withOrigin = { ...auth, origin };
      expect(verifyTxnToken(signTxnToken(withOrigin, 'orders', key), 'orders', [key])).toEqual(withOrigin);
    }
  });

  test('are accepted with the previous secret during a rotation', () => {
    expect(verifyTxnToken(signTxnToken(auth, 'orders', key), 'orders', [otherKey, key])).toEqual(auth);
  });

  test('expire after 60 seconds', () => {
    const { iat, exp } = jwt.decode(signTxnToken(auth, 'orders', key)) as { iat: number; exp: number };
    expect(exp - iat).toBe(60);
  });

  const now = Math.floor(Date.now() / 1000);
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['an empty string', ''],
    ['a list', ['x']],
    ['text that is not a JWT', 'nonsense'],
    ['a token for another subgraph', signTxnToken(auth, 'invoices', key)],
    ['a token signed with another secret', signTxnToken(auth, 'orders', otherKey)],
    ['an expired token', forge({ iat: now - 120, exp: now - 60 })],
    ['a token with a longer lifetime than 60 s', forge({ iat: now - 120, exp: now + 3600 })],
    ['a token without exp', jwt.sign({ iss: 'gateway', aud: 'orders', scope: '' }, SECRET)],
    ['a token of another issuer', forge({ iss: 'orders' })],
    ['a token without scope', forge({ scope: undefined })],
    ['a session id that is not text', forge({ sub: 'u1', sid: 1 })],
    ['a session without a user', forge({ sid: 's1' })],
    ['a token signed with HS512', forge({}, { algorithm: 'HS512' })],
    ['an unsigned token', forge({}, { algorithm: 'none' }, '')],
  ])('are rejected: %s', (_, token) => {
    expect(() => verifyTxnToken(token, 'orders', [key])).toThrow(UntrustedCallerError);
  });

  test('are accepted if made like the forged ones above, but correctly', () => {
    expect(verifyTxnToken(forge({}), 'orders', [key])).toEqual(ANONYMOUS);
  });
});

describe('the issuer of an unverified token', () => {
  const part = (value: string) => Buffer.from(value).toString('base64url');
  const unsigned = (header: string, payload: string) => `${part(header)}.${part(payload)}.`;

  test('is read without checking the signature', () => {
    expect(claimedIssuer(signTxnToken(auth, 'orders', key, 'monolith'))).toBe('monolith');
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['an object', { iss: 'monolith' }],
    ['text', 'a.b.c'],
    ['a payload that is not JSON', unsigned('{"typ":"JWT","alg":"none"}', 'ann@example.com')],
    ['a payload that is null', unsigned('{"typ":"JWT","alg":"none"}', 'null')],
    ['a payload that is text', unsigned('{"typ":"JWT","alg":"none"}', '"text"')],
    ['no issuer', unsigned('{"typ":"JWT","alg":"none"}', '{}')],
    ['an issuer that is not text', unsigned('{"typ":"JWT","alg":"none"}', '{"iss":{"a":1}}')],
  ])('is undefined for %s', (_, token) => {
    expect(claimedIssuer(token)).toBeUndefined();
  });
});
