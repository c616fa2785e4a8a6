import { SCOPES } from '@supergraph/auth-context/scopes';
import { describe, expect, test } from '@jest/globals';
import { initialRoles, scopesOf } from './roles.js';

describe('a role is a bundle of scopes', () => {
  test('a reader sees users and subscribers', () => {
    expect(scopesOf(['READER'])).toEqual(['users:read', 'subscribers:read']);
  });

  test('an editor also writes subscribers', () => {
    expect(scopesOf(['EDITOR'])).toEqual(['users:read', 'subscribers:read', 'subscribers:write']);
  });

  test('an admin may do everything but give roles', () => {
    expect(scopesOf(['ADMIN'])).toEqual(SCOPES.filter((scope) => scope !== 'users:admin'));
  });

  test('an owner may do everything', () => {
    expect(scopesOf(['OWNER'])).toEqual([...SCOPES]);
  });

  test('several roles give each scope once', () => {
    expect(scopesOf(['READER', 'EDITOR'])).toEqual(scopesOf(['EDITOR']));
  });

  test('no role gives nothing', () => {
    expect(scopesOf([])).toEqual([]);
  });

  test('an account begins with the default role, or with none', () => {
    expect(initialRoles('READER')).toEqual(['READER']);
    expect(initialRoles('NONE')).toEqual([]);
  });
});
