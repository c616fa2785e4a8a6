import { describe, expect, test } from '@jest/globals';
import { InvalidPageArguments, parsePage } from './page-request.js';

describe('a page', () => {
  test.each([
    [{}, { direction: 'forward', size: 20, cursor: null }],
    [{ first: 1 }, { direction: 'forward', size: 1, cursor: null }],
    [
      { first: 100, after: 'c' },
      { direction: 'forward', size: 100, cursor: 'c' },
    ],
    [{ after: 'c' }, { direction: 'forward', size: 20, cursor: 'c' }],
    [{ last: 7 }, { direction: 'backward', size: 7, cursor: null }],
    [
      { last: 7, before: 'c' },
      { direction: 'backward', size: 7, cursor: 'c' },
    ],
    [{ before: 'c' }, { direction: 'backward', size: 20, cursor: 'c' }],
    [
      { first: null, after: null, last: 7, before: null },
      { direction: 'backward', size: 7, cursor: null },
    ],
  ])('can be requested with %j', (args, request) => {
    expect(parsePage(args)).toEqual(request);
  });

  test.each([
    [{ first: 0 }, 'first must be from 1 to 100, not 0.'],
    [{ first: 101 }, 'first must be from 1 to 100, not 101.'],
    [{ last: -1 }, 'last must be from 1 to 100, not -1.'],
    [{ first: 1, last: 1 }, 'first and last cannot go together'],
    [{ first: 1, before: 'c' }, 'first and before cannot go together'],
    [{ after: 'c', last: 1 }, 'after and last cannot go together'],
    [{ after: 'a', before: 'b' }, 'after and before cannot go together'],
  ])('cannot be requested with %j', (args, message) => {
    expect(() => parsePage(args)).toThrow(InvalidPageArguments);
    expect(() => parsePage(args)).toThrow(message);
  });
});
