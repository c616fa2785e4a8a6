import { expect, test } from '@jest/globals';
import type { AuthContext } from '@kit/auth';
import { AUTHENTICATED, isMet, missingScopes } from './requirement.js';

const holding = (...scopes: string[]): AuthContext => ({ viewer: null, scopes: new Set(scopes) });
const person: AuthContext = { viewer: { userId: 'u', sessionId: 's' }, scopes: new Set() };

test('a requirement is met by all scopes of one list for each of its alternatives', () => {
  const both = [[['a'], ['b', 'c']], [['d']]];
  expect(isMet(both, holding('a', 'd'))).toBe(true);
  expect(isMet(both, holding('b', 'd'))).toBe(false);
  expect(isMet(both, holding('b', 'c', 'd'))).toBe(true);
  expect(isMet(both, holding('a', 'b', 'c'))).toBe(false);
});

test('a person and a context with scopes are authenticated', () => {
  expect([person, holding('x'), holding()].map((auth) => isMet([AUTHENTICATED], auth))).toEqual([
    true,
    true,
    false,
  ]);
});

test('an empty list of scopes requires authentication, and no list at all is never met', () => {
  expect(isMet([[[]]], holding())).toBe(false);
  expect(isMet([[[]]], person)).toBe(true);
  expect(isMet([[]], holding('a'))).toBe(false);
});

test('the missing scopes are all alternatives, without supersets of others', () => {
  expect(missingScopes([[['a'], ['b', 'c']], [['d']], [['x']]], holding('b', 'x'))).toEqual([
    ['a', 'd'],
    ['c', 'd'],
  ]);
  expect(missingScopes([[['a'], ['a', 'b'], ['a']]], holding())).toEqual([['a']]);
});
