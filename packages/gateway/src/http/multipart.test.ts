import { expect, test } from '@jest/globals';
import { text } from '../subscriptions/transports/testing/framed-text.js';
import { MULTIPART } from './multipart.js';

const PART = (json: string) => `\r\ncontent-type: application/json\r\n\r\n${json}\r\n--graphql`;

test('ends each part with the next boundary, so that it is read at once', () => {
  expect(MULTIPART.opening).toBe(`\r\n--graphql${PART('{}')}`);
  expect(MULTIPART.heartbeat).toBe(PART('{}'));
  expect(text(MULTIPART, { cursor: 'c1', json: '{"data":1}' })).toBe(PART('{"payload":{"data":1}}'));
});

test('sends no part for an event without JSON', () => {
  expect(text(MULTIPART, { cursor: 'c1', json: null })).toBe('');
});

test('ends with a null payload and a closing boundary, and puts transport errors next to the payload', () => {
  expect(MULTIPART.complete).toBe(`${PART('{"payload":null}')}--\r\n`);
  expect(MULTIPART.rejected([{ message: 'no' }])).toBe(
    `${PART('{"payload":{"errors":[{"message":"no"}]}}')}${PART('{"payload":null}')}--\r\n`,
  );
  expect(MULTIPART.interrupted({ message: 'later' })).toBe(
    `${PART('{"payload":null,"errors":[{"message":"later"}]}')}--\r\n`,
  );
});
