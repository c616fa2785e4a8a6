import type { ExecutionResult, GraphQLFormattedError } from 'graphql';

type Path = readonly (string | number)[];
type Result = Pick<ExecutionResult, 'data'> & {
  readonly errors?: readonly Pick<GraphQLFormattedError, 'path' | 'message'>[];
};

/**
 * How two results of one operation differ. An empty list when they agree: the data is the same text of JSON, with the
 * same order of keys, and the same nulls have errors.
 */
export function differences(actual: Result, expected: Result): string[] {
  const found: string[] = [];
  const [data, expectedData] = [JSON.stringify(actual.data ?? null), JSON.stringify(expected.data ?? null)];
  if (data !== expectedData) found.push(`the data differs: ${firstDifference(data, expectedData)}`);
  const [nulls, expectedNulls] = [explainedNulls(actual), explainedNulls(expected)];
  for (const path of expectedNulls) if (!nulls.has(path)) found.push(`no error at ${path}`);
  for (const path of nulls) if (!expectedNulls.has(path)) found.push(`an error at ${path}`);
  return [...found, ...repeated(actual)];
}

/**
 * The nulls that errors explain. An error beneath a null counts as an error of that null: which of several failures
 * beneath a null are reported depends on the order of execution, and subgraphs execute in another order than a monolith.
 */
function explainedNulls({ data, errors }: Result): Set<string> {
  return new Set(
    (errors ?? []).map(({ path }) => JSON.stringify(path ? toNull(data, path) : 'an error without a path')),
  );
}

function toNull(data: unknown, path: Path): Path {
  let value: unknown = data ?? null;
  for (const [i, key] of path.entries()) {
    if (value === null) return path.slice(0, i);
    if (typeof value !== 'object' || !Object.hasOwn(value, key))
      return [...path.slice(0, i + 1), 'which is not in the data'];
    value = (value as Record<string | number, unknown>)[key];
  }
  return value === null ? path : [...path, 'which is not null'];
}

/** One place has one error, and a null has at most one error that says no more than that it is not allowed there. */
function repeated(result: Result): string[] {
  const paths = (result.errors ?? []).map(({ path }) => JSON.stringify(path));
  return [...new Set(paths.filter((path, i) => paths.indexOf(path) !== i))].map(
    (path) => `several errors at ${path}`,
  );
}

function firstDifference(actual: string, expected: string): string {
  let at = 0;
  while (actual[at] === expected[at]) at++;
  const from = Math.max(0, at - 60);
  return `${actual.slice(from, at + 60)} instead of ${expected.slice(from, at + 60)}`;
}
