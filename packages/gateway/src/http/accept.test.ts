import { describe, expect, test } from '@jest/globals';
import { acceptedStream } from './accept.js';

const SSE = { stream: 'sse', prefersJson: false };
const MULTIPART = { stream: 'multipart', prefersJson: true };

describe('the accepted stream', () => {
  test.each([
    ['text/event-stream', SSE],
    ['Text/Event-Stream ; charset=utf-8', SSE],
    ['*/*, text/event-stream', SSE],
    ['text/event-stream, multipart/mixed', SSE],
    ['multipart/mixed;subscriptionSpec=1.0', MULTIPART],
    ['multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json;q=0.9', MULTIPART],
    ['Multipart/Mixed; Boundary="a,b;c"; SUBSCRIPTIONSPEC="1.0", application/json', MULTIPART],
  ])('is found in %s', (accept, accepted) => {
    expect(acceptedStream(accept, 'POST')).toEqual(accepted);
  });

  test.each([
    ['text/event-stream, multipart/mixed;subscriptionSpec=1.0', 'sse'],
    ['multipart/mixed;subscriptionSpec=1.0, text/event-stream', 'multipart'],
    ['multipart/mixed;subscriptionSpec=1.0;q=0.5, text/event-stream', 'sse'],
    ['text/event-stream;q=0, multipart/mixed;subscriptionSpec=1.0', 'multipart'],
    ['text/event-stream;q=much, multipart/mixed;subscriptionSpec=1.0', 'sse'],
  ])('is the preferred one of two: %s', (accept, stream) => {
    expect(acceptedStream(accept, 'POST')?.stream).toBe(stream);
  });

  test.each([
    ['application/json, text/event-stream', true],
    ['application/graphql-response+json;q=0.9, text/event-stream;q=0.8', true],
    ['text/event-stream, application/json', false],
    ['application/json;q=0.5, text/event-stream', false],
  ])('is for subscriptions only if JSON is preferred to events: %s', (accept, prefersJson) => {
    expect(acceptedStream(accept, 'GET')).toEqual({ stream: 'sse', prefersJson });
  });

  test('is never multipart for GET', () => {
    const multipart = 'multipart/mixed;subscriptionSpec=1.0';
    expect(acceptedStream(multipart, 'GET')).toBeNull();
    expect(acceptedStream(`${multipart}, text/event-stream`, 'GET')).toEqual(SSE);
  });

  test.each([
    undefined,
    '',
    '*/*',
    'text/*',
    'application/json',
    'multipart/mixed',
    'multipart/mixed;deferSpec=20220824',
    'multipart/mixed;subscriptionSpec=2.0',
    'application/json;profile="a, text/event-stream"',
    'text/event-stream;q=0',
    'text/event-streams',
  ])('is null for %s', (accept) => {
    expect(acceptedStream(accept, 'POST')).toBeNull();
  });

  test('is null for HEAD and OPTIONS', () => {
    for (const method of ['HEAD', 'OPTIONS']) expect(acceptedStream('text/event-stream', method)).toBeNull();
  });

  test('is found in a header that would make a regular expression backtrack', () => {
    expect(
      acceptedStream(`${'"'.repeat(5_000)},${';'.repeat(5_000)},text/event-stream`, 'GET'),
    ).not.toBeUndefined();
  });
});
