import { describe, expect, test } from '@jest/globals';
import { differentialFailures } from '@supergraph/tools/differential/differential-failures';
import { startExecutor } from './testing/differential-engine.js';

const isLong = process.env['LONG'] === '1';

/** `SEED=5,8` runs one case: the supergraph's seed and the operation's number. A failure names both. */
const seed = process.env['SEED'];

describe('a program', () => {
  test(
    'gives the results of a monolith with the same resolvers',
    async () => {
      const range = isLong
        ? { firstSeed: 1_000, supergraphs: 450, operations: 50 }
        : { firstSeed: 0, supergraphs: 12, operations: 40 };
      const failures = await differentialFailures({ ...range, only: seed }, startExecutor);
      expect(failures.texts).toEqual([]);
      expect(failures.operations).toBeGreaterThan(seed ? 0 : range.supergraphs * range.operations * 0.9);
    },
    30 * 60_000,
  );
});
