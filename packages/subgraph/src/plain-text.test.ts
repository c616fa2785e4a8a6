import { describe, expect, test } from '@jest/globals';
import { visibleName } from './plain-text.js';

const CONTROLS_AND_LINE_ENDS = ['\0', '\n', '\x85', '\u2028', '\u2029'];
const BIDI_CONTROLS = [
  '\u061c',
  '\u200e',
  '\u200f',
  '\u202a',
  '\u202b',
  '\u202c',
  '\u202d',
  '\u202e',
  '\u2066',
  '\u2067',
  '\u2068',
  '\u2069',
];

describe('a visible name', () => {
  const name = visibleName(20);

  test.each([
    'Ada',
    '李',
    'علی\u200cرضا',
    '👩\u200d🚀',
    '\u2764\ufe0f',
    '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}',
    '<b>x</b>',
    'x'.repeat(20),
  ])('may be %j', (text) => {
    expect(name.test(text)).toBe(true);
  });

  test.each([
    ['a space of zero width', '\u200b'],
    ['a soft hyphen', '\u00ad'],
    ['a Hangul filler', '\u3164'],
    ['joiners alone', '\u200c\u200d'],
    ['white space', ' \u00a0\u3000'],
    ['Braille without dots', '\u2800'],
  ])('must have a visible character, unlike %s', (_, text) => {
    expect(name.test(text)).toBe(false);
  });

  test.each([...CONTROLS_AND_LINE_ENDS, ...BIDI_CONTROLS, '\ud800'])('does not contain %j', (character) => {
    expect(name.test(`A${character}da`)).toBe(false);
  });

  test('has at least one character, and at most the allowed number', () => {
    expect(name.test('🦊'.repeat(20))).toBe(true);
    expect(name.test('🦊'.repeat(21))).toBe(false);
    expect(name.test('')).toBe(false);
  });
});
