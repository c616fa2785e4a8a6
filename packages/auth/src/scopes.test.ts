import { expect, test } from '@jest/globals';
import { parseScope } from './scopes.js';

test('parses scopes separated by any number of spaces', () => {
  expect([...parseScope('a b')]).toEqual(['a', 'b']);
  expect([...parseScope('  a  ')]).toEqual(['a']);
  expect([...parseScope('')]).toEqual([]);
});
