import { expect, test } from '@jest/globals';
import { normalizeEmail, normalizeNewEmail } from './email-address.js';

test.each([
  ['Ann@Example.COM', 'ann@example.com'],
  ['  ann@example.com ', 'ann@example.com'],
  ['ann+news@example.com', 'ann+news@example.com'],
  ['a.n.n@example.com', 'a.n.n@example.com'],
  ['ann@bücher.example', 'ann@xn--bcher-kva.example'],
  ['ann@BÜCHER.example', 'ann@xn--bcher-kva.example'],
  ['ann@xn--bcher-kva.example', 'ann@xn--bcher-kva.example'],
  ['re\u0301ne@example.com', 'r\u00e9ne@example.com'],
])('%j is unique as %j, and stays that when normalised again', (typed, normalized) => {
  expect(normalizeEmail(typed)).toBe(normalized);
  expect(normalizeEmail(normalized)).toBe(normalized);
});

test.each([
  '',
  'ann',
  '@example.com',
  'ann@',
  'ann@example',
  'ann@@example.com',
  'ann smith@example.com',
  'ann@exa mple.com',
  'ann@example..com',
  'ann@[127.0.0.1]',
  'ann@example%2ecom',
  'ann@example.com\u0000',
  '<ann@example.com>',
  `${'a'.repeat(65)}@example.com`,
  `ann@${'a'.repeat(250)}.com`,
  `${'a'.repeat(1_000_000)}@example.com`,
])('%.40j is no e-mail address', (typed) => {
  expect(normalizeEmail(typed)).toBeNull();
});

test.each([
  'a\u200b@example.com',
  'a\u202e@example.com',
  'a\u00adb@example.com',
  'a\u200db@example.com',
  'a\u3164@example.com',
  'a\ufe0f@example.com',
  'a\u2028b@example.com',
])('%j holds what nobody sees: it is found, and not taken any more', (typed) => {
  expect(normalizeEmail(typed)).toBe(typed);
  expect(normalizeNewEmail(typed)).toBeNull();
});

test('an address is as new what it is else, and an invisible character in its domain is none of it', () => {
  for (const typed of [
    ' Ann@B\u00dcCHER.example ',
    '"a b"@example.com',
    '\u7528\u6237@\u4f8b\u3048.jp',
    'ann',
  ]) {
    expect(normalizeNewEmail(typed)).toBe(normalizeEmail(typed));
  }
  expect(normalizeEmail('ann@exam\u00adple.com')).toBe('ann@example.com');
  expect(normalizeNewEmail('ann@exam\u00adple.com')).toBeNull();
});
