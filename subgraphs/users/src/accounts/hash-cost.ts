/** How much work a password hash takes: `full` everywhere except in tests, which have no secrets to protect. */
export const HASH_COSTS = ['full', 'low'] as const;

export type HashCost = (typeof HASH_COSTS)[number];
