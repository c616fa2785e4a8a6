import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { signedAccessTokens } from './access-token-profile.js';
import { keyIdOf, signAccessToken, verifyAccessToken } from './access-token.js';
import { ANONYMOUS, type AuthContext } from './auth-context.js';
import { otherSignature } from './testing/other-signature.js';
import { signTxnToken, txnTokenKey, verifyTxnToken } from './txn-token.js';

/** Each mutant takes 0.1 ms. `MUTANTS=100000 npm run jest -- token-mutants` tests more of them. */
const MUTANTS = Number(process.env['MUTANTS'] ?? 5_000);
const TIMEOUT_MS = 30_000 + MUTANTS * 2;

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.split('');
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Changes that an attacker with valid tokens, but without a key, can make. */
function mutants(tokens: readonly string[]): fc.Arbitrary<string> {
  const token = fc.constantFrom(...tokens);
  const at = fc.nat({ max: Math.max(...tokens.map(({ length }) => length)) });
  const letter = fc.constantFrom(...BASE64URL);
  const part = fc.constantFrom(...tokens.flatMap((each) => each.split('.')), '', 'e30');
  const json = fc.oneof(
    fc.record({ alg: fc.constantFrom('none', 'None', 'HS256', 'ES256', 'RS256', 'ES384', '') }),
    fc.record({
      alg: fc.constantFrom('ES256', 'HS256'),
      typ: fc.constantFrom('at+jwt', 'txntoken+jwt', 'JWT'),
      kid: fc.oneof(fc.constant('k1'), fc.string()),
    }),
    fc.dictionary(
      fc.constantFrom('sub', 'sid', 'scope', 'exp', 'iat', 'aud', 'iss', 'alg', '__proto__'),
      fc.jsonValue(),
    ),
  );
  const changedClaim = fc.tuple(token, fc.constantFrom(0, 1), json).map(([text, index, change]) => {
    const parts = text.split('.');
    const before = JSON.parse(Buffer.from(parts[index]!, 'base64url').toString()) as object;
    parts[index] = encode({ ...before, ...change });
    return parts.join('.');
  });
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc.tuple(token, at, letter).map(([t, n, c]) => t.slice(0, n) + c + t.slice(n + 1)),
    },
    { weight: 2, arbitrary: fc.tuple(token, at, letter).map(([t, n, c]) => t.slice(0, n) + c + t.slice(n)) },
    { weight: 2, arbitrary: fc.tuple(token, at).map(([t, n]) => t.slice(0, n) + t.slice(n + 1)) },
    { weight: 1, arbitrary: fc.tuple(token, at).map(([t, n]) => t.slice(0, n)) },
    {
      weight: 1,
      arbitrary: fc.tuple(token, fc.string({ minLength: 1, maxLength: 3 })).map(([t, more]) => t + more),
    },
    { weight: 3, arbitrary: fc.tuple(part, part, part).map((parts) => parts.join('.')) },
    { weight: 4, arbitrary: changedClaim },
    { weight: 1, arbitrary: fc.tuple(json, json, part).map(([h, b, s]) => `${encode(h)}.${encode(b)}.${s}`) },
    { weight: 1, arbitrary: fc.string() },
  );
}

/** Makes `MUTANTS` tokens. Each is rejected, unless it equals one of the given tokens. */
function expectNoneAccepted(tokens: readonly string[], read: (token: string) => unknown): void {
  for (const each of tokens) expect(() => read(each)).not.toThrow();
  const accepted = fc.sample(mutants(tokens), MUTANTS).filter((mutant) => {
    if (tokens.includes(mutant)) return false;
    try {
      read(mutant);
      return true;
    } catch {
      return false;
    }
  });
  expect(accepted).toEqual([]);
}

const PARTIES = { issuer: 'issuer', audience: 'supergraph' };

const person: AuthContext = {
  viewer: { userId: 'u1', sessionId: 's1' },
  scopes: new Set(['orders:read', 'invoices:read']),
};

describe(`accepts none of ${MUTANTS} mutants`, () => {
  test(
    'as an access token',
    () => {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const profile = signedAccessTokens(PARTIES);
      const tokenOf = (userId: string, scopes: string[]) =>
        signAccessToken(
          { userId, sessionId: 's1', scopes, tokenId: userId },
          { kid: 'k1', privateKey },
          PARTIES,
        );
      const tokens = [tokenOf('u1', ['orders:read']), tokenOf('u2', ['orders:admin'])];
      const read = (token: string) => {
        if (keyIdOf(token, profile) !== 'k1') throw new Error('unknown kid');
        return verifyAccessToken(token, publicKey, profile);
      };
      for (const each of tokens) expect(() => read(otherSignature(each))).toThrow('canonical');
      expectNoneAccepted(tokens, read);
    },
    TIMEOUT_MS,
  );

  test(
    'as a transaction token',
    () => {
      const key = txnTokenKey('a secret of one subgraph, 32 bytes long or more');
      const tokens = [signTxnToken(person, 'orders', key), signTxnToken(ANONYMOUS, 'orders', key)];
      expectNoneAccepted(tokens, (token) => verifyTxnToken(token, 'orders', [key]));
    },
    TIMEOUT_MS,
  );
});
