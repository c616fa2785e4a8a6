/** White space, and the invisible characters that other programs leave at the ends of a cell. */
export const AROUND = /[\s\u00ad\u200b-\u200f\u2060\ufeff]/;

/** The same around a name, without the invisible characters that a name may have: an exported name stays as it is. */
export const AROUND_NAME = /[\s\u200e\u200f]/;

/**
 * Removes characters at both ends of a cell. One regular expression for the end would try each space inside the cell,
 * which takes minutes for a megabyte of them.
 */
export function trimCell(cell: string, around: RegExp): string {
  let [from, to] = [0, cell.length];
  while (from < to && around.test(cell[from]!)) from += 1;
  while (to > from && around.test(cell[to - 1]!)) to -= 1;
  return cell.slice(from, to);
}
