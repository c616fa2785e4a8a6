import { expect, test } from '@jest/globals';
import { buildSchema } from 'graphql';
import { rewrite } from './rewrites.js';

test('a key that is renamed to one that the answer has adds its fields', () => {
  const schema = buildSchema(
    'type Query { pets: [Pet] } interface Pet { parents: [Pet] } type Dog implements Pet { parents: [Pet] }',
  );
  const answer = {
    pets: [
      { __typename: 'Dog', parents: [{ id: 1 }, null], parents__alias_0: [{ name: 'A' }, null] },
      { __typename: 'Dog', parents__alias_0: null },
    ],
  };
  const path = ['pets', '... on Dog', 'parents__alias_0'];
  rewrite([{ kind: 'KeyRenamer', path, renameKeyTo: 'parents' }], answer, schema);
  expect(answer).toEqual({
    pets: [
      { __typename: 'Dog', parents: [{ id: 1, name: 'A' }, null] },
      { __typename: 'Dog', parents: null },
    ],
  });
});
