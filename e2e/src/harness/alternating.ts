/** Another one each time, in turn, as a balancer gives them. */
export function alternating<T>(values: readonly T[], first = 0): () => T {
  let turn = first;
  return () => values[turn++ % values.length]!;
}
