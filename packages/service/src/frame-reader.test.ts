import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { FrameReader } from './frame-reader.js';

/** A frame of a client. The mask and the payload do not matter. */
function frame(opcode: number, isFinal: boolean, length: number, spelling = 0): Buffer {
  const head = [(isFinal ? 0x80 : 0) | opcode];
  const extended = Buffer.alloc(8);
  extended.writeBigUInt64BE(BigInt(length));
  if (length < 126 && spelling === 0) head.push(0x80 | length);
  else if (length < 0x1_0000 && spelling <= 1) head.push(0x80 | 126, ...extended.subarray(6));
  else head.push(0x80 | 127, ...extended);
  return Buffer.concat([Buffer.from(head), Buffer.alloc(4 + length, 0x81)]);
}

const [TEXT, CONTINUATION, PING, CLOSE] = [0x1, 0x0, 0x9, 0x8];

const ping = fc.nat({ max: 125 }).map((length) => frame(PING, true, length));
const spelling = fc.constantFrom(0, 1, 2);
/** A message in one or several frames, with pings in between. */
const message = fc
  .tuple(
    fc.array(fc.tuple(fc.nat({ max: 70_000 }), spelling, fc.option(ping)), { minLength: 1, maxLength: 4 }),
  )
  .map(([pieces]) =>
    pieces.flatMap(([length, spelt, before], n) => {
      const piece = frame(n === 0 ? TEXT : CONTINUATION, n === pieces.length - 1, length, spelt);
      return before && n > 0 ? [before, piece] : [piece];
    }),
  );

/** Feeds bytes in chunks of these sizes. */
function read(bytes: Buffer, sizes: readonly number[], onChunk: (end: number, completed: boolean) => void) {
  const reader = new FrameReader();
  for (let at = 0, n = 0; at < bytes.length; n += 1) {
    const chunk = bytes.subarray(at, at + sizes[n % sizes.length]!);
    const completed = reader.read(chunk);
    at += chunk.length;
    onChunk(at, completed);
  }
  return reader;
}

describe('the frame reader', () => {
  test('reports after each chunk whether a message is unfinished, and whether one was completed', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            message,
            ping.map((one) => [one]),
          ),
          { minLength: 1 },
        ),
        sizes,
        (all, by) => {
          const ends: number[] = [];
          let length = 0;
          for (const frames of all) {
            length += frames.reduce((sum, each) => sum + each.length, 0);
            ends.push(length);
          }
          // One `expect` for all chunks: there may be a million of them.
          const wrong: number[] = [];
          const reader = read(Buffer.concat(all.flat()), by, (end, completed) => {
            let isExpected = false;
            while (ends[0] !== undefined && ends[0] <= end) isExpected = ends.shift() !== undefined;
            if (completed !== isExpected) wrong.push(end);
          });
          expect(wrong).toEqual([]);
          expect([reader.isUnfinished, reader.pieces]).toEqual([false, 0]);
        },
      ),
      { numRuns: 200 },
    );
  });

  test.each<[string, Buffer[], number]>([
    ['the first byte of a ping', [frame(PING, true, 3).subarray(0, 1)], 0],
    ['a frame without its last byte', [frame(TEXT, true, 70_000).subarray(0, -1)], 0],
    ['two fragments of a message', [frame(TEXT, false, 5), frame(CONTINUATION, false, 0)], 2],
    ['a ping between fragments', [frame(TEXT, false, 5), frame(PING, true, 0)], 1],
  ])('reports %s as unfinished', (_, frames, pieces) => {
    const reader = read(Buffer.concat(frames), [1], () => {});
    expect([reader.isUnfinished, reader.pieces]).toEqual([true, pieces]);
  });

  test('ignores bytes after a close frame', () => {
    const reader = read(Buffer.concat([frame(CLOSE, true, 2), frame(TEXT, false, 9)]), [4], () => {});
    expect([reader.isClosed, reader.isUnfinished]).toEqual([true, false]);
  });
});
