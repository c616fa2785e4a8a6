import { describe, expect, test } from '@jest/globals';
import { KINDS, planKills } from './plan.js';

describe('planKills', () => {
  test('returns the same kills for the same seed only', () => {
    expect(planKills(7, 24)).toEqual(planKills(7, 24));
    expect(planKills(7, 24)).not.toEqual(planKills(8, 24));
  });

  test('includes each kind without haste, and some hasty kills', () => {
    for (let seed = 0; seed < 100; seed += 1) {
      const plan = planKills(seed, 24);
      expect(plan).toHaveLength(24);
      const patient = plan.filter(({ hasty }) => !hasty);
      expect(new Set(patient.map(({ kind }) => kind))).toEqual(new Set(KINDS));
      expect(new Set(plan.map(({ hasty }) => hasty)).size).toBe(2);
    }
  });
});
