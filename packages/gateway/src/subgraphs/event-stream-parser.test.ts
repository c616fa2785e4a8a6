import { describe, expect, test } from '@jest/globals';
import { EventStreamParser, EventTooLarge } from './event-stream-parser.js';

const MAX_LENGTH = 100;

/** Parses the chunks, and returns what the reader received. */
function parse(...chunks: (string | Uint8Array)[]): unknown[] {
  const seen: unknown[] = [];
  const parser = new EventStreamParser(
    {
      event: (type, data) => void seen.push([type, data]),
      comment: () => void seen.push('comment'),
    },
    MAX_LENGTH,
  );
  for (const chunk of chunks) parser.feed(Buffer.from(chunk));
  return seen;
}

describe('an event stream', () => {
  test('has events with their types and data', () => {
    expect(parse('event: next\ndata: {"a":1}\n\nevent:next\ndata:  b\n\ndata: c\n\n')).toEqual([
      ['next', '{"a":1}'],
      ['next', ' b'],
      ['', 'c'],
    ]);
  });

  test('joins the lines of data', () => {
    expect(parse('event: next\ndata: {"a":\ndata: 1}\n\n')).toEqual([['next', '{"a":\n1}']]);
  });

  test.each(['event: complete\n\n', 'event: complete\ndata\n\n', 'event: complete\ndata:\n\n'])(
    'has an event without data: %j',
    (text) => {
      expect(parse(text)).toEqual([['complete', '']]);
    },
  );

  test('ignores other fields, and empty lines', () => {
    expect(parse('\n\nid: 5\nretry: 10\n\nnonsense\n\nid: 6\nevent: next\ndata: a\n\n')).toEqual([
      ['next', 'a'],
    ]);
  });

  test('reports comments', () => {
    expect(parse(':\n\n: ping\nevent: next\n:\ndata: a\n\n')).toEqual([
      'comment',
      'comment',
      'comment',
      ['next', 'a'],
    ]);
  });

  test('drops an event that is not terminated', () => {
    expect(parse('event: next\ndata: a\n\nevent: next\ndata: b\n')).toEqual([['next', 'a']]);
  });

  test.each(['\n', '\r', '\r\n'])('may be cut anywhere, with lines that end in %j', (end) => {
    const lines = ['\uFEFFevent: next', 'data: é漢😀', '', ':', '', 'event: complete', '', ''];
    const bytes = Buffer.from(lines.join(end));
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const seen = parse(bytes.subarray(0, cut), bytes.subarray(cut));
      expect(seen).toEqual([['next', 'é漢😀'], 'comment', ['complete', '']]);
    }
    expect(parse(...[...bytes].map((byte) => Uint8Array.of(byte)))).toHaveLength(3);
  });

  test.each([
    ['line', ['data: ', 'x'.repeat(MAX_LENGTH)]],
    ['comment', [':', 'x'.repeat(MAX_LENGTH)]],
    ['event of several lines', Array.from({ length: 30 }, () => 'data: x\n')],
  ])('rejects a %s above the limit', (_, chunks) => {
    expect(() => parse(...chunks)).toThrow(EventTooLarge);
  });

  test('may be longer than the limit of an event', () => {
    const events = Array.from({ length: 30 }, () => 'event: next\ndata: x\n\n');
    expect(parse(events.join(''))).toHaveLength(30);
  });
});
