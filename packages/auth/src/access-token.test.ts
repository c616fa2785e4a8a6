import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { type AccessTokenProfile, signedAccessTokens } from './access-token-profile.js';
import { InvalidAccessTokenError, keyIdOf, signAccessToken, verifyAccessToken } from './access-token.js';
import { canonicalSignature } from './es256-signature.js';
import { otherSignature } from './testing/other-signature.js';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const PROFILE = signedAccessTokens({ issuer: 'issuer', audience: 'supergraph' });
const claims = { userId: 'u1', sessionId: 's1', scopes: ['orders:read', 'invoices:read'], tokenId: 't1' };
const token = signAccessToken(claims, { kid: 'k1', privateKey }, PROFILE);

function forge(header: object, body: object = {}, signWith: KeyObject = privateKey): string {
  const forged = jwt.sign({ sid: 's1', scope: 'orders:read', ...body }, signWith, {
    algorithm: 'ES256',
    issuer: 'issuer',
    audience: 'supergraph',
    subject: 'u1',
    expiresIn: 600,
    header: { alg: 'ES256', typ: 'at+jwt', kid: 'k1', ...header },
  });
  const end = forged.lastIndexOf('.') + 1;
  return forged.slice(0, end) + canonicalSignature(forged.slice(end));
}

const read = (given: string) => {
  keyIdOf(given, PROFILE);
  return verifyAccessToken(given, publicKey, PROFILE);
};

describe('access tokens', () => {
  test('contain the user, session, scopes and expiry', () => {
    const { viewer, scopes, expiresAt } = read(token);
    expect(viewer).toEqual({ userId: 'u1', sessionId: 's1' });
    expect([...scopes]).toEqual(claims.scopes);
    expect(Math.abs(expiresAt.getTime() - Date.now() - 600_000)).toBeLessThan(5_000);
  });

  test('name their key', () => {
    expect(keyIdOf(token, PROFILE)).toBe('k1');
  });

  test('are accepted if made like the forged ones below, but correctly', () => {
    expect(read(forge({})).viewer.userId).toBe('u1');
  });

  const hmacWithPublicKey = jwt.sign(
    { sid: 's1', scope: 'orders:admin', sub: 'u1', iss: 'issuer', aud: 'supergraph' },
    createPublicKey(publicKey.export({ format: 'pem', type: 'spki' })).export({
      format: 'der',
      type: 'spki',
    }),
    { algorithm: 'HS256', header: { alg: 'HS256', typ: 'at+jwt', kid: 'k1' }, expiresIn: 600 },
  );

  test.each<[string, string]>([
    ['text that is not a JWT', 'nonsense'],
    ['a header that is not an object', `${Buffer.from('1').toString('base64url')}.e30.x`],
    ['a key in its header (jwk)', forge({ jwk: other.publicKey.export({ format: 'jwk' }) })],
    ['a key URL (jku)', forge({ jku: 'https://example.com/keys' })],
    ['a certificate URL (x5u)', forge({ x5u: 'https://example.com/keys' })],
    ['another type', forge({ typ: 'JWT' })],
    ['no key id', forge({ kid: undefined })],
    ['the signature of another key', forge({}, {}, other.privateKey)],
    ['the public key used as an HMAC secret', hmacWithPublicKey],
    ['no session', forge({}, { sid: undefined })],
    [
      'an expiry in the past',
      jwt.sign({ sid: 's1', scope: '', sub: 'u1', iss: 'issuer', aud: 'supergraph', exp: 1 }, privateKey, {
        algorithm: 'ES256',
        header: { alg: 'ES256', typ: 'at+jwt', kid: 'k1' },
      }),
    ],
    [
      'another audience',
      jwt.sign({ sid: 's1', scope: '', sub: 'u1', iss: 'issuer', aud: 'x' }, privateKey, {
        algorithm: 'ES256',
        expiresIn: 60,
        header: { alg: 'ES256', typ: 'at+jwt', kid: 'k1' },
      }),
    ],
  ])('are rejected with %s', (_, forged) => {
    expect(() => read(forged)).toThrow(InvalidAccessTokenError);
  });

  test('have the low one of two valid signatures, and are rejected with the high one', () => {
    for (let n = 0; n < 64; n += 1) {
      const each = signAccessToken({ ...claims, tokenId: `t${n}` }, { kid: 'k1', privateKey }, PROFILE);
      const high = otherSignature(each);
      expect(jwt.verify(high, publicKey)).toMatchObject({ sub: 'u1' });
      expect(read(each).viewer.userId).toBe('u1');
      expect(() => read(high)).toThrow('the signature is not in its canonical form');
    }
  });

  test('are rejected with any one character changed', () => {
    const [, body = ''] = token.split('.');
    for (let at = token.length - 1; at >= 0; at -= 7) {
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      expect(() => read(changed)).toThrow(InvalidAccessTokenError);
    }
    expect(body.length).toBeGreaterThan(100);
  });
});

describe('access tokens of another issuer', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const FOREIGN: AccessTokenProfile = {
    issuer: 'https://id.example.com/',
    audience: 'https://api.example.com',
    algorithms: ['RS256', 'ES256'],
    typ: null,
    claims: { userId: 'uid', sessionId: null, scopes: 'scp' },
    canonicalSignatures: false,
  };
  const sign = (signWith: KeyObject, algorithm: 'RS256' | 'ES256', body: object) =>
    jwt.sign({ uid: 'u1', ...body }, signWith, {
      algorithm,
      issuer: FOREIGN.issuer,
      audience: [FOREIGN.audience, 'https://id.example.com/userinfo'],
      expiresIn: 60,
      keyid: 'k1',
    });
  const scopesOf = (given: string, key: KeyObject) => {
    expect(keyIdOf(given, FOREIGN)).toBe('k1');
    const { viewer, scopes } = verifyAccessToken(given, key, FOREIGN);
    expect(viewer).toEqual({ userId: 'u1', sessionId: null });
    return [...scopes];
  };

  test('are accepted with RS256 and ES256, and scopes as text, as a list or none', () => {
    expect(scopesOf(sign(rsa.privateKey, 'RS256', { scp: 'a b' }), rsa.publicKey)).toEqual(['a', 'b']);
    expect(scopesOf(sign(privateKey, 'ES256', { scp: ['a', 'b'] }), publicKey)).toEqual(['a', 'b']);
    expect(scopesOf(sign(privateKey, 'ES256', {}), publicKey)).toEqual([]);
  });

  test('are accepted with either of the two forms of an ES256 signature', () => {
    const one = sign(privateKey, 'ES256', {});
    for (const each of [one, otherSignature(one)]) expect(scopesOf(each, publicKey)).toEqual([]);
  });

  test('are rejected with an algorithm that the profile does not list, whatever the key', () => {
    const only = (algorithm: 'RS256' | 'ES256') => ({ ...FOREIGN, algorithms: [algorithm] });
    const token = sign(rsa.privateKey, 'RS256', {});
    expect(() => keyIdOf(token, only('ES256'))).toThrow('alg is not ES256');
    expect(() => verifyAccessToken(token, rsa.publicKey, only('ES256'))).toThrow('the key is not for ES256');
  });

  test('are rejected when the key is for another algorithm than the token', () => {
    const token = sign(rsa.privateKey, 'RS256', {});
    expect(() => verifyAccessToken(token, publicKey, FOREIGN)).toThrow(InvalidAccessTokenError);
  });

  test.each([
    ['no user id', { uid: undefined }],
    ['scopes of another form', { scp: { a: true } }],
    ['a list that contains more than scopes', { scp: ['a', 1] }],
  ])('are rejected with %s', (_, body) => {
    expect(() => verifyAccessToken(sign(privateKey, 'ES256', body), publicKey, FOREIGN)).toThrow(
      'a claim is missing',
    );
  });
});
