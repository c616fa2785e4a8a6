import { Fault } from '../fault.js';
import { withClient } from '../postgres-client.js';
import type { PerSubgraph } from '../services.js';
import { databaseVariables } from './environment.js';

/** `db.example.com:5432/users`: a database's address without its user and password. */
export function databasePlace(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}:${port || 5432}${pathname}`;
}

/**
 * Makes sure that queries get through to the databases whose addresses were given.
 * @throws Fault naming each bad variable and the place, never the password
 */
export async function requireReachable(urls: PerSubgraph<string>): Promise<void> {
  const problems = await Promise.all([
    problem(databaseVariables.users, urls.users),
    problem(databaseVariables.emailSubscriptions, urls.emailSubscriptions),
  ]);
  const found = problems.filter((each) => each !== undefined);
  if (found.length > 0) throw new Fault(found.join('\n'));
}

async function problem(variable: string, url: string): Promise<string | undefined> {
  try {
    await withClient(url, (client) => client.query('SELECT 1'));
    return undefined;
  } catch (error) {
    return `${variable}: no query gets through to ${databasePlace(url)}: ${unreachableBecause(error as Error)}`;
  }
}

/** An attempt at several addresses of one host fails with all the reasons, and an empty message of its own. */
export function unreachableBecause(error: Error & { code?: string }): string {
  if (error instanceof AggregateError) return error.errors.map((each: Error) => each.message).join(', ');
  return error.message || error.code || error.name;
}
