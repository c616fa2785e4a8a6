import { expect, test } from '@jest/globals';
import { withoutHints } from './schema-hints.js';

const format = withoutHints((formatted) => formatted);

test.each([
  [
    'Cannot query field "emai" on type "User". Did you mean "email"?',
    'Cannot query field "emai" on type "User".',
  ],
  [
    'Value "ACTIV" does not exist in "Status" enum. Did you mean the enum value "ACTIVE" or "INACTIVE"?',
    'Value "ACTIV" does not exist in "Status" enum.',
  ],
  ['Long before. Did you mean "secretFie', 'Long before.'],
  ['A message of ours.', 'A message of ours.'],
])('removes the suggestion from %j', (message, expected) => {
  expect(format({ message }, undefined)).toEqual({ message: expected });
});
