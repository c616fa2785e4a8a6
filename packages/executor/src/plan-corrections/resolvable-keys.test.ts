import { expect, test } from '@jest/globals';
import { parse } from 'graphql';
import { resolvableKeysFirst } from './resolvable-keys.js';

test.each([
  '@join__type(graph: A, key: "id", resolvable: false) @join__type(graph: B, key: "id")',
  '@join__type(graph: A, key: "id") @join__type(graph: A, key: "code", resolvable: false)',
])('leaves the supergraph as it is for the keys %s', (directives) => {
  const supergraph = parse(`type Part ${directives} { id: ID! code: ID! }`);
  expect(resolvableKeysFirst(supergraph)).toBe(supergraph);
});
