import type { SubgraphName } from '../services.js';
import { Fault } from '../fault.js';
import type { OwnedDatabase } from '../embedded-postgres/databases.js';

/** What a test needs to know of the server that all tests of one jest run share. */
export interface TestServer {
  superuserUrl: string;
  /** For each subgraph the migrated database that its test databases are copies of, and that database's role. */
  templates: Record<SubgraphName, OwnedDatabase>;
}

const VARIABLE = 'SUPERGRAPH_TEST_POSTGRES';

/** Jest starts its workers with this process' environment, so that is how they get to know. */
export function announceTestServer(server: TestServer): void {
  process.env[VARIABLE] = JSON.stringify(server);
}

/** @throws Fault outside a jest run */
export function announcedTestServer(): TestServer {
  const text = process.env[VARIABLE];
  if (text === undefined) {
    throw new Fault(
      'There is no test Postgres here: run the tests by jest with the configuration of the root folder.',
    );
  }
  return JSON.parse(text) as TestServer;
}
