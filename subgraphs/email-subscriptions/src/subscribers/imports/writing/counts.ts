/** What became of rows. Every row counts once. */
export interface Counts {
  readonly added: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly suppressed: number;
  readonly rejected: number;
}

export const NO_ROWS: Counts = { added: 0, updated: 0, unchanged: 0, suppressed: 0, rejected: 0 };

export function sumOf(one: Counts, other: Counts): Counts {
  return {
    added: one.added + other.added,
    updated: one.updated + other.updated,
    unchanged: one.unchanged + other.unchanged,
    suppressed: one.suppressed + other.suppressed,
    rejected: one.rejected + other.rejected,
  };
}
