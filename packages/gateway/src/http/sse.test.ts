import { describe, expect, test } from '@jest/globals';
import { text } from '../subscriptions/transports/testing/framed-text.js';
import { lastEventId, mayBeCursor, SSE, wholeResult } from './sse.js';

describe('a server-sent event', () => {
  test('has the result, and the cursor as its id', () => {
    expect(text(SSE, { cursor: 'c1', json: '{"data":1}' })).toBe('event: next\nid: c1\ndata: {"data":1}\n\n');
  });

  test('has no id without a cursor', () => {
    expect(text(SSE, { cursor: null, json: '{"data":1}' })).toBe('event: next\ndata: {"data":1}\n\n');
  });

  test('has only an id for an event without JSON', () => {
    expect(text(SSE, { cursor: 'c1', json: null })).toBe('id: c1\n\n');
    expect(text(SSE, { cursor: null, json: null })).toBe('');
  });

  test.each(['\n', '\r', '\0'])('cannot be forged by a cursor with %j in it', (character) => {
    const cursor = `c1${character}data: forged`;
    expect(text(SSE, { cursor, json: '{}' })).toBe('event: next\ndata: {}\n\n');
    expect(text(SSE, { cursor, json: null })).toBe('');
  });
});

describe('a stream', () => {
  test('ends with `complete` unless the client should reconnect', () => {
    expect(wholeResult('{}')).toBe('event: next\ndata: {}\n\nevent: complete\ndata:\n\n');
    expect(SSE.rejected([{ message: 'no' }])).toBe(wholeResult('{"errors":[{"message":"no"}]}'));
    expect(SSE.interrupted({ message: 'later' })).toBe(
      'event: next\ndata: {"errors":[{"message":"later"}]}\n\n',
    );
  });
});

describe('Last-Event-ID', () => {
  test.each([
    ['c1', 'c1'],
    ['', null],
    [undefined, null],
    [['c1', 'c2'], null],
  ])('reads %j as %j', (header, cursor) => {
    expect(lastEventId(header)).toBe(cursor);
  });

  test('is rejected when it is longer than any cursor', () => {
    expect([mayBeCursor('x'.repeat(512)), mayBeCursor('x'.repeat(513))]).toEqual([true, false]);
  });
});
