import { runSubgraphProgram } from './subgraph-program.js';
import type { Subgraph } from './subgraphs.js';

/**
 * Migrates a subgraph's database to the schema that its code expects.
 * @throws Fault with the messages of the subgraph's program
 */
export async function migrate(subgraph: Subgraph, databaseUrl: string, signal?: AbortSignal): Promise<void> {
  const failure = `The database of ${subgraph.name} could not be migrated`;
  const env = { DATABASE_URL: databaseUrl };
  const { stderr } = await runSubgraphProgram(subgraph, 'migrate', failure, { env, signal });
  // The repairs of the migration, and the work that is left for the operator.
  process.stderr.write(stderr);
}
