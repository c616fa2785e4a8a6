import { expect, test } from '@jest/globals';
import { mergeInto } from './merge.js';

test('merges objects by field and lists by item', () => {
  const target = { a: { x: 1 }, b: [{ x: 1 }, null], c: 1, d: [1] };
  mergeInto(target, { a: { y: 2 }, b: [{ y: 2 }, { y: 3 }], c: 2, d: [2, 3], e: null }, false);
  expect(target).toEqual({ a: { x: 1, y: 2 }, b: [{ x: 1, y: 2 }, { y: 3 }], c: 2, d: [2, 3], e: null });
});

test('keeps what another fetch has returned if a fetch returns null', () => {
  const target = { a: { x: 1 }, b: [1], c: null };
  mergeInto(target, { a: null, b: null, c: null, d: null }, false);
  expect(target).toEqual({ a: { x: 1 }, b: [1], c: null, d: null });
});

test('copies the objects of an answer that is merged into several objects', () => {
  const answer = { a: { b: [{ c: 1 }] } };
  const [one, two]: Record<string, typeof answer.a>[] = [{}, {}];
  mergeInto(one!, answer, true);
  mergeInto(two!, answer, false);
  one!['a']!.b[0]!.c = 2;
  expect(two).toEqual({ a: { b: [{ c: 1 }] } });
});

test('writes own properties only', () => {
  const target = {};
  mergeInto(target, JSON.parse('{"__proto__":{"constructor":{"a":1}},"constructor":{"b":2}}'), true);
  expect(Object.keys(target)).toEqual(['__proto__', 'constructor']);
  expect(({} as Record<string, unknown>)['a']).toBeUndefined();
});
