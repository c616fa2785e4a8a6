/** What became of rows. Every row counts once. */
export interface Counts {
  readonly added: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly suppressed: number;
  readonly rejected: number;
}
