import { expect, test } from '@jest/globals';
import type { AuthContext } from '@supergraph/auth-context/auth-context';
import { AUTHENTICATED, isMet, missingScopes } from './requirement.js';

const holding = (...scopes: string[]): AuthContext => ({ viewer: null, scopes: new Set(scopes) });
const person: AuthContext = { viewer: { userId: 'u', sessionId: 's' }, scopes: new Set() };

test('one of several lists is enough, of each requirement', () => {
  const both = [[['a'], ['b', 'c']], [['d']]];
  expect(isMet(both, holding('a', 'd'))).toBe(true);
  expect(isMet(both, holding('b', 'd'))).toBe(false);
  expect(isMet(both, holding('b', 'c', 'd'))).toBe(true);
  expect(isMet(both, holding('a', 'b', 'c'))).toBe(false);
});

test('whoever is logged in, or acts for somebody, is authenticated', () => {
  expect([person, holding('x'), holding()].map((auth) => isMet([AUTHENTICATED], auth))).toEqual([
    true,
    true,
    false,
  ]);
});

test('an empty list of scopes still needs somebody, and no list at all lets in nobody', () => {
  expect(isMet([[[]]], holding())).toBe(false);
  expect(isMet([[[]]], person)).toBe(true);
  expect(isMet([[]], holding('a'))).toBe(false);
});

test('what is missing is every way in, without those that ask for more than another', () => {
  expect(missingScopes([[['a'], ['b', 'c']], [['d']], [['x']]], holding('b', 'x'))).toEqual([
    ['a', 'd'],
    ['c', 'd'],
  ]);
  expect(missingScopes([[['a'], ['a', 'b'], ['a']]], holding())).toEqual([['a']]);
});
