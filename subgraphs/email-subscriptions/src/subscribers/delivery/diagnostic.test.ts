import { expect, test } from '@jest/globals';
import { diagnosticWithoutAddresses } from './diagnostic.js';

test.each([
  ['550 5.1.1 <ann@example.com>: unknown', '550 5.1.1 [address] unknown'],
  ['to:ann@example.com\r\n\tgone', '[address] gone'],
  ['no mailbox Ann here', 'no mailbox [address] here'],
  ['no mailbox Anne here', 'no mailbox Anne here'],
  ['bounces+ann=example.com@lists.example', '[address]'],
  ['full－width ａｎｎ＠example.com', 'full-width [address]'],
  ['a\u0000b\ud800c', 'a b c'],
  [' \n ', null],
  ['x'.repeat(600), 'x'.repeat(500)],
  [`${'x'.repeat(499)}😀😀`, `${'x'.repeat(499)}😀`],
])('of a mail server is kept on one line without addresses: %j', (diagnostic, kept) => {
  expect(diagnosticWithoutAddresses(diagnostic, 'Ann@example.com')).toBe(kept);
});

test('of a mail server loses a quoted local part with spaces and special characters', () => {
  expect(diagnosticWithoutAddresses('no "Ann (x) Smith" here', '"ann (x) smith"@example.com')).toBe(
    'no [address] here',
  );
});

test('of a mail server may be huge', () => {
  const start = Date.now();
  diagnosticWithoutAddresses('a'.repeat(1_000_000), 'a+a@example.com');
  expect(Date.now() - start).toBeLessThan(2_000);
});
