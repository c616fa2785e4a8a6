import { describe, expect, test } from '@jest/globals';
import { differentialFailures } from '@supergraph/tools/differential/differential-failures';
import { startGateway } from './testing/differential-gateway.js';

const isLong = process.env['LONG'] === '1';

/** `SEED=5,8` runs one case: the supergraph's seed and the operation's number. A failure names both. */
const seed = process.env['SEED'];

describe('the gateway', () => {
  test(
    'gives the results of a monolith with the same resolvers',
    async () => {
      const range = isLong
        ? { firstSeed: 2_000, supergraphs: 100, operations: 50 }
        : { firstSeed: 100, supergraphs: 14, operations: 50 };
      const failures = await differentialFailures({ ...range, only: seed }, startGateway);
      expect(failures.texts).toEqual([]);
      expect(failures.operations).toBeGreaterThan(seed ? 0 : range.supergraphs * range.operations * 0.75);
    },
    30 * 60_000,
  );
});
