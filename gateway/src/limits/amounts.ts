import { product, sum, type Formula } from './formula.js';

/** What lists multiply, at worst: every selection counts, whatever `@skip` says and whether or not it repeats another. */
export interface Amounts {
  /** Objects that are fetched, weighted by `@cost`. */
  readonly cost: Formula;
  /** Values of the answer: those of leaves, of objects and of lists' items. */
  readonly values: Formula;
}

export const NOTHING: Amounts = { cost: 0, values: 0 };

export function together(parts: readonly Amounts[]): Amounts {
  return { cost: sum(parts.map(({ cost }) => cost)), values: sum(parts.map(({ values }) => values)) };
}

/** So many of them. */
export function each(size: Formula, { cost, values }: Amounts): Amounts {
  return { cost: product(size, cost), values: product(size, values) };
}
