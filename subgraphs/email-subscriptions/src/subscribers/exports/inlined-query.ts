import { escapeLiteral } from 'pg';

const ARRAY_SPECIAL = /[\\"]/g;

/** A statement with its parameters as literals, for `COPY`, which takes no parameters. */
export function inlined(statement: string, parameters: readonly unknown[]): string {
  return statement.replace(/\$(\d+)/g, (_, number: string) => literal(parameters[Number(number) - 1]));
}

function literal(value: unknown): string {
  if (typeof value === 'string') return escapeLiteral(value);
  // The text of a time before the year 1 is not the same in Postgres.
  if (value instanceof Date) return `to_timestamp(${value.getTime() / 1_000})`;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) {
    const items = value.map((item) => `"${item.replace(ARRAY_SPECIAL, '\\$&')}"`);
    return escapeLiteral(`{${items.join(',')}}`);
  }
  throw new TypeError('a filter has a parameter of an unknown type');
}
