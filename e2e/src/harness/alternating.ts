/** Returns a function that returns the values in turn, as a load balancer does. */
export function alternating<T>(values: readonly T[], first = 0): () => T {
  let turn = first;
  return () => values[turn++ % values.length]!;
}
