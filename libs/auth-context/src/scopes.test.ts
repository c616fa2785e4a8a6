import { expect, test } from '@jest/globals';
import { parseScope } from './scopes.js';

test('scopes are read as tokens carry them, whatever the spaces', () => {
  expect([...parseScope('a b')]).toEqual(['a', 'b']);
  expect([...parseScope('  a  ')]).toEqual(['a']);
  expect([...parseScope('')]).toEqual([]);
});
