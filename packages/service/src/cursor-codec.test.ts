import { describe, expect, test } from '@jest/globals';
import { CursorCodec, InvalidCursor } from './cursor-codec.js';

const codec = new CursorCodec('a secret that is long enough for a test');
const POSITION = '["2026-01-02T03:04:05.678Z","0199d0a0-0000-7000-8000-000000000001"]';

describe('a cursor', () => {
  test('decodes to its position, and is safe in URLs', () => {
    for (const position of [POSITION, 'ü@bücher.example', 'x']) {
      const cursor = codec.encode('list', position);
      expect(cursor).toMatch(/^[\w-]+$/);
      expect(codec.decode('list', cursor)).toBe(position);
    }
  });

  test('is rejected with any one bit flipped', () => {
    const bytes = Buffer.from(codec.encode('list', POSITION), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => codec.decode('list', damaged.toString('base64url'))).toThrow(InvalidCursor);
    }
  });

  test('is rejected with any one character changed, even if it decodes to the same bytes', () => {
    const cursor = codec.encode('list', POSITION);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (let at = 0; at < cursor.length; at += 1) {
      for (const other of alphabet.replace(cursor[at]!, '')) {
        const changed = cursor.slice(0, at) + other + cursor.slice(at + 1);
        expect(() => codec.decode('list', changed)).toThrow(InvalidCursor);
      }
    }
  });

  test.each([
    ['nothing', ''],
    ['text', 'not a cursor'],
    ['a cursor and white space', `${codec.encode('list', POSITION)} `],
    ['a cursor and padding', `${codec.encode('list', POSITION)}==`],
    ['a tag and no position', Buffer.alloc(16).toString('base64url')],
    ['a part of one', codec.encode('list', POSITION).slice(0, 12)],
    ['NUL', '\0'],
    ['a megabyte', 'A'.repeat(1_000_000)],
  ])('is rejected when it is %s', (_, cursor) => {
    expect(() => codec.decode('list', cursor)).toThrow(InvalidCursor);
  });

  test('is valid for its own scope only, wherever the scope ends and the position begins', () => {
    const cursor = codec.encode('list', POSITION);
    expect(() => codec.decode('another list', cursor)).toThrow(InvalidCursor);
    const shifted = codec.encode('list:1', '0');
    expect(() => codec.decode('list:10', shifted)).toThrow(InvalidCursor);
  });

  test('is rejected with another secret', () => {
    const other = new CursorCodec('another secret, long enough for a test too');
    expect(() => other.decode('list', codec.encode('list', POSITION))).toThrow(InvalidCursor);
  });
});
