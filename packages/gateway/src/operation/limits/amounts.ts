import { product, sum, type Formula } from './formula.js';

/**
 * Worst-case amounts, which lists multiply. Every selection counts, whatever `@skip` says and even if it repeats
 * another.
 */
export interface Amounts {
  /** Fetched objects, weighted by `@cost`. */
  readonly cost: Formula;
  /** Values in the response: leaf values, objects and list items. */
  readonly values: Formula;
}

export const NOTHING: Amounts = { cost: 0, values: 0 };

export function total(parts: readonly Amounts[]): Amounts {
  return { cost: sum(parts.map(({ cost }) => cost)), values: sum(parts.map(({ values }) => values)) };
}

/** The amounts of a list with `size` items. */
export function multiply(size: Formula, { cost, values }: Amounts): Amounts {
  return { cost: product(size, cost), values: product(size, values) };
}
