/**
 * How likely it is that one of these is greater than one of those, ties counting half: 0.5 when nobody can tell them
 * apart by size, 0 or 1 when everybody can (Mann and Whitney's U, over the number of pairs).
 */
export function probabilityOfGreater(these: readonly number[], those: readonly number[]): number {
  let greater = 0;
  for (const one of these) {
    for (const other of those) greater += one > other ? 1 : one === other ? 0.5 : 0;
  }
  return greater / (these.length * those.length);
}
