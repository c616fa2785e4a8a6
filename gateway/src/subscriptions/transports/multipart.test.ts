import { expect, test } from '@jest/globals';
import { text } from './testing/framed-text.js';
import { MULTIPART } from './multipart.js';

const PART = (json: string) => `\r\ncontent-type: application/json\r\n\r\n${json}\r\n--graphql`;

test('every part brings the boundary after it, so that it is read at once', () => {
  expect(MULTIPART.opening).toBe(`\r\n--graphql${PART('{}')}`);
  expect(MULTIPART.heartbeat).toBe(PART('{}'));
  expect(text(MULTIPART, { cursor: 'c1', json: '{"data":1}' })).toBe(PART('{"payload":{"data":1}}'));
});

test('there is no part for a place alone', () => {
  expect(text(MULTIPART, { cursor: 'c1', json: null })).toBe('');
});

test('the end has no payload and a closing boundary; what only the transport knows is beside the payload', () => {
  expect(MULTIPART.complete).toBe(`${PART('{"payload":null}')}--\r\n`);
  expect(MULTIPART.refused([{ message: 'no' }])).toBe(
    `${PART('{"payload":{"errors":[{"message":"no"}]}}')}${PART('{"payload":null}')}--\r\n`,
  );
  expect(MULTIPART.interrupted({ message: 'later' })).toBe(
    `${PART('{"payload":null,"errors":[{"message":"later"}]}')}--\r\n`,
  );
});
