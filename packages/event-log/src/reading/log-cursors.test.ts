import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { CursorCodec, InvalidCursor } from '@kit/service';
import { LogCursors } from './log-cursors.js';

const codec = new CursorCodec('a secret that is long enough for a test');
const cursors = new LogCursors(codec, 'a stream');

const positions = fc.record({
  epoch: fc.stringMatching(/^[0-9a-f]{12}$/),
  seq: fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constant(Number.MAX_SAFE_INTEGER)),
});

describe('a cursor of the log', () => {
  test('decodes to its position and has at most 64 URL-safe characters', () => {
    fc.assert(
      fc.property(positions, (position) => {
        const cursor = cursors.encode(position);
        expect(cursor).toMatch(/^[\w-]{1,64}$/);
        expect(cursors.decode(cursor)).toEqual(position);
      }),
      { numRuns: 1_000 },
    );
  });

  test('has at most 76 characters with a mark', () => {
    const position = { epoch: '0123456789ab', seq: Number.MAX_SAFE_INTEGER, mark: '01234567' };
    const cursor = cursors.encode(position);
    expect(cursor.length).toBeLessThanOrEqual(76);
    expect(cursors.decode(cursor)).toEqual(position);
  });

  test('is rejected with any bit flipped', () => {
    fc.assert(
      fc.property(positions, (position) => {
        const bytes = Buffer.from(cursors.encode(position), 'base64url');
        for (let bit = 0; bit < bytes.length * 8; bit += 1) {
          const damaged = Buffer.from(bytes);
          damaged[bit >> 3]! ^= 1 << (bit & 7);
          expect(() => cursors.decode(damaged.toString('base64url'))).toThrow(InvalidCursor);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('is rejected if characters are removed, inserted or replaced', () => {
    fc.assert(
      fc.property(positions, fc.nat(), fc.string({ maxLength: 3 }), fc.nat(3), (position, at, put, out) => {
        const cursor = cursors.encode(position);
        const place = at % cursor.length;
        const changed = cursor.slice(0, place) + put + cursor.slice(place + out);
        fc.pre(changed !== cursor);
        expect(() => cursors.decode(changed)).toThrow(InvalidCursor);
      }),
      { numRuns: 1_000 },
    );
  });

  test('is invalid for a list, and a cursor of a list is invalid for the log', () => {
    const cursor = cursors.encode({ epoch: '0123456789ab', seq: 7 });
    expect(() => codec.decode('["notes"]', cursor)).toThrow(InvalidCursor);
    expect(() => cursors.decode(codec.encode('["notes"]', '0123456789ab.7'))).toThrow(InvalidCursor);
  });

  test('is invalid for a log with another scope', () => {
    const cursor = cursors.encode({ epoch: '0123456789ab', seq: 7 });
    expect(() => new LogCursors(codec, 'another').decode(cursor)).toThrow(InvalidCursor);
  });
});
