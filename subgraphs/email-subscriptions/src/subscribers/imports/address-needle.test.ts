import { describe, expect, test } from '@jest/globals';
import { needlesOf, overwriteAddress } from './address-needle.js';

const ERASED = '\u001a'.repeat(13);

describe('the address ann@b.example in a file', () => {
  const encodings = {
    'UTF-8': { to: (text: string) => Buffer.from(text), from: (bytes: Buffer) => bytes.toString() },
    'Windows-1252': {
      to: (text: string) => Buffer.from(text, 'latin1'),
      from: (bytes: Buffer) => bytes.toString('latin1'),
    },
    'UTF-16LE': {
      to: (text: string) => Buffer.from(text, 'utf16le'),
      from: (bytes: Buffer) => bytes.toString('utf16le'),
    },
    'UTF-16BE': {
      to: (text: string) => Buffer.from(text, 'utf16le').swap16(),
      from: (bytes: Buffer) => Buffer.from(bytes).swap16().toString('utf16le'),
    },
  };
  const overwritten = (text: string, encoding: keyof typeof encodings) => {
    const { to, from } = encodings[encoding];
    const bytes = to(text);
    overwriteAddress(bytes, needlesOf('ann@b.example'), { from: 0, until: bytes.length });
    return from(bytes);
  };

  describe.each(Object.keys(encodings) as (keyof typeof encodings)[])('in %s', (encoding) => {
    test.each([
      ['ann@b.example', ERASED],
      ['x\nANN@B.Example,Ann\n', `x\n${ERASED},Ann\n`],
      [',"ann@b.example";', `,"${ERASED}";`],
      ['\u00a0ann@b.example\u00a0', `\u00a0${ERASED}\u00a0`],
      [`,'ann@b.example\r\n`, `,'${ERASED}\r\n`],
      ['<mailto:ann@b.example>', `<mailto:${ERASED}>`],
      ['Write to ann@b.example. Or\tann@b.example', `Write to ${ERASED}. Or\t${ERASED}`],
    ])('is overwritten in %j', (text, expected) => {
      expect(overwritten(text, encoding)).toBe(expected);
    });

    test.each([
      'joann@b.example',
      'jo.ann@b.example',
      'jo+ann@b.example',
      'jo_ann@b.example',
      "o'ann@b.example",
      'ann@b.example.org',
      'ann@b.examples',
      'ann@b.example-a.org',
      'ann@c.example',
      'annxb.example',
    ])('is not %j', (text) => {
      const row = `a,${text},b\n`;
      expect(overwritten(row, encoding)).toBe(row);
    });
  });

  test('has no special characters for the pattern', () => {
    const address = String.raw`"a\\b(c)[d]{e}|$^*?+/."@b.example`;
    const bytes = Buffer.from(`${address},x`);
    expect(overwriteAddress(bytes, needlesOf(address), { from: 0, until: bytes.length })).toBe(0);
    expect(bytes.toString()).toBe(`${'\u001a'.repeat(address.length)},x`);
  });

  test('is left alone if it starts too early', () => {
    const bytes = Buffer.from('ann@b.example,ann@b.example');
    expect(overwriteAddress(bytes, needlesOf('ann@b.example'), { from: 1, until: bytes.length })).toBe(14);
    expect(bytes.toString()).toBe(`ann@b.example,${ERASED}`);
  });

  test('is left for later if it ends too late', () => {
    const bytes = Buffer.from('ann@b.example,ann@b.example');
    expect(overwriteAddress(bytes, needlesOf('ann@b.example'), { from: 0, until: bytes.length - 1 })).toBe(0);
    expect(bytes.toString()).toBe(`${ERASED},ann@b.example`);
  });
});
