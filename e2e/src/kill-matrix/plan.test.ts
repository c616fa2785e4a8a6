import { describe, expect, test } from '@jest/globals';
import { KINDS, planKills } from './plan.js';

describe('the kills of a seed', () => {
  test('are the same each time, and others for another seed', () => {
    expect(planKills(7, 24)).toEqual(planKills(7, 24));
    expect(planKills(7, 24)).not.toEqual(planKills(8, 24));
  });

  test('have each kind among them, with and without waiting for recovery', () => {
    for (let seed = 0; seed < 100; seed += 1) {
      const plan = planKills(seed, 24);
      expect(plan).toHaveLength(24);
      const unhurried = plan.filter(({ hasty }) => !hasty);
      expect(new Set(unhurried.map(({ kind }) => kind))).toEqual(new Set(KINDS));
      expect(new Set(plan.map(({ hasty }) => hasty)).size).toBe(2);
    }
  });
});
