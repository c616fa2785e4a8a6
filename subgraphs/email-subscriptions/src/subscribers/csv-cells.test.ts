import { describe, expect, test } from '@jest/globals';
import { Chooser, seededRandom } from '../testing/random.js';
import { defuse, joinTags, restore, splitTags } from './csv-cells.js';

describe('a cell', () => {
  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', "'", "'=1", "''"])(
    'gets an apostrophe if a spreadsheet would run it or drop its own: %j',
    (cell) => {
      expect(defuse(cell)).toBe(`'${cell}`);
      expect(restore(defuse(cell))).toBe(cell);
    },
  );

  test.each(['', 'Ann', '1', ' =1', 'a=1', "O'Brien", '{"a":1}', '😀'])('stays as it is: %j', (cell) => {
    expect(defuse(cell)).toBe(cell);
    expect(restore(cell)).toBe(cell);
  });

  test('keeps an apostrophe of another program before a letter', () => {
    expect(restore("'s-Gravenhage")).toBe("'s-Gravenhage");
  });
});

describe('tags', () => {
  test.each([
    [[], ''],
    [['news'], 'news'],
    [['beta', 'news letter'], 'beta,news letter'],
    [['Paris, France', 'a;b', 'say "hi"'], '"Paris, France","a;b","say ""hi"""'],
    [['"'], '""""'],
  ])('%j are written as %j', (tags, cell) => {
    expect(joinTags(tags)).toBe(cell);
    expect(splitTags(cell)).toEqual(tags);
  });

  test.each([
    [' a , b;c ,', ['a', 'b', 'c']],
    ['"a" , "b c"', ['a', 'b c']],
    [',;, ', []],
    ['5" disk', ['5" disk']],
    ['"open, b', ['"open', 'b']],
    ['"a"b,c', ['"a"b', 'c']],
  ])('of another program are read from %j as %j', (cell, tags) => {
    expect(splitTags(cell)).toEqual(tags);
  });

  test('survive the way through a cell', () => {
    const choose = new Chooser(seededRandom(20_261_129));
    const pieces = ['a', 'b', ',', ';', '"', "'", '=', '\\', ' ', '[', '😀'];
    const tag = () =>
      Array.from({ length: 1 + choose.whole(6) }, () => choose.oneOf(pieces))
        .join('')
        .trim();
    for (let round = 0; round < 5_000; round += 1) {
      const tags = Array.from({ length: choose.whole(5) }, tag).filter((text) => text !== '');
      expect(splitTags(restore(defuse(joinTags(tags))))).toEqual(tags);
    }
  });
});
