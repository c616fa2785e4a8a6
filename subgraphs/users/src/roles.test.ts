import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { repositoryRoot } from '@supergraph/tools/repository';
import { initialRoles, SCOPES, scopesOf } from './roles.js';

test('each scope is required by a field of the supergraph', () => {
  const supergraph = readFileSync(path.join(repositoryRoot, 'supergraph.graphql'), 'utf8');
  const required = [...supergraph.matchAll(/@requiresScopes\(scopes: (\[\[".*?\]\])\)/g)].flatMap(
    ([, scopes = '']) => (JSON.parse(scopes) as string[][]).flat(),
  );
  expect([...new Set(required)].sort()).toEqual([...SCOPES].sort());
});

describe('the scopes of roles', () => {
  test('let a reader read users and subscribers', () => {
    expect(scopesOf(['READER'])).toEqual(['users:read', 'subscribers:read']);
  });

  test('let an editor also write subscribers', () => {
    expect(scopesOf(['EDITOR'])).toEqual(['users:read', 'subscribers:read', 'subscribers:write']);
  });

  test('let an admin do everything except change roles', () => {
    expect(scopesOf(['ADMIN'])).toEqual(SCOPES.filter((scope) => scope !== 'users:admin'));
  });

  test('let an owner do everything', () => {
    expect(scopesOf(['OWNER'])).toEqual([...SCOPES]);
  });

  test('are the union of several roles, without duplicates', () => {
    expect(scopesOf(['READER', 'EDITOR'])).toEqual(scopesOf(['EDITOR']));
  });

  test('are empty without roles', () => {
    expect(scopesOf([])).toEqual([]);
  });

  test('start with those of the default role, or with none', () => {
    expect(initialRoles('READER')).toEqual(['READER']);
    expect(initialRoles('NONE')).toEqual([]);
  });
});
