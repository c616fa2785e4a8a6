import { Fault } from '../fault.js';
import { withClient } from '../postgres-client.js';
import { eachSubgraph, type PerSubgraph } from '../subgraphs.js';

/** `db.example.com:5432/orders`: a database URL without user and password. */
export function databasePlace(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}:${port || 5432}${pathname}`;
}

/**
 * Checks that the given databases respond to queries.
 * @throws Fault that names each bad variable and its database, without the password
 */
export async function requireReachable(urls: PerSubgraph<string>): Promise<void> {
  const problems = await eachSubgraph(({ name, names }) => problem(names.databaseUrl, urls[name]!));
  const found = Object.values(problems).filter((each) => each !== undefined);
  if (found.length > 0) throw new Fault(found.join('\n'));
}

async function problem(variable: string, url: string): Promise<string | undefined> {
  try {
    await withClient(url, (client) => client.query('SELECT 1'));
    return undefined;
  } catch (error) {
    return `${variable}: the database ${databasePlace(url)} is not reachable: ${unreachableBecause(error as Error)}`;
  }
}

/** A host with several addresses fails with all reasons, and an empty message. */
export function unreachableBecause(error: Error & { code?: string }): string {
  if (error instanceof AggregateError) return error.errors.map((each: Error) => each.message).join(', ');
  return error.message || error.code || error.name;
}
