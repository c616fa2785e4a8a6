import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { LIMITS } from './limits.js';
import { requestRejection, requestValues } from './request-values.js';

/** Counts the values in a JSON value. An empty list or object counts as if it contained one. */
function counted(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  const within = Object.values(value);
  return 1 + (within.length === 0 ? 1 : within.reduce<number>((sum, each) => sum + counted(each), 0));
}

describe('the values of a request', () => {
  test('are counted as in the parsed JSON, in any formatting', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^["\\,{}[\]: a]*$/));
    const json = fc.letrec((tie) => ({
      value: fc.oneof({ depthSize: 'small' }, tie('leaf'), tie('list'), tie('object')),
      leaf: fc.oneof(
        text,
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.boolean(),
        fc.constant(null),
      ),
      list: fc.array(tie('value')),
      object: fc.dictionary(text, tie('value')),
    }));
    fc.assert(
      fc.property(json.value, fc.constantFrom('', ' ', '\t\n'), (value, indent) => {
        expect(requestValues(JSON.stringify(value, null, indent))).toBe(counted(value));
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    ['an unterminated string', `{"query":"${'\\",'.repeat(10_000)}`],
    ['a backslash at the end', `${'"a",'.repeat(100)}"${'x'.repeat(6_000)}\\`],
  ])('are not overestimated in invalid JSON: %s', (_, json) => {
    expect(requestRejection(json)).toBe(null);
  });

  test('may equal the limit, but not exceed it', () => {
    const of = (values: number) => JSON.stringify(Array.from({ length: values - 1 }, () => 1));
    expect(requestRejection(of(LIMITS.requestValues))).toBe(null);
    expect(requestRejection(of(LIMITS.requestValues + 1))).toMatchObject({
      message: 'The request has 5001 values; at most 5000 are allowed.',
      extensions: { code: 'BAD_REQUEST', limit: 'requestValues', value: 5_001, http: { status: 400 } },
    });
  });
});
