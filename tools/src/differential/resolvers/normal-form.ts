/** What all lists have, in an order that does not depend on them. */
export function common(first: readonly string[], others: readonly (readonly string[])[]): string[] {
  return first.filter((each) => others.every((other) => other.includes(each))).sort();
}

/** Arguments in the order of their names. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, each]) => [name, sorted(each)]);
}
