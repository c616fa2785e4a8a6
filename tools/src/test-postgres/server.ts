import { Fault } from '../fault.js';
import type { OwnedDatabase } from '../embedded-postgres/databases.js';
import type { PerSubgraph } from '../subgraphs.js';

/** The Postgres server that all tests of one Jest run share. */
export interface TestServer {
  superuserUrl: string;
  /** For each subgraph, the migrated database that its test databases are copied from, with its role. */
  templates: PerSubgraph<OwnedDatabase>;
}

const VARIABLE = 'SUPERGRAPH_TEST_POSTGRES';

/** Passes the server to Jest's workers, which inherit the environment of this process. */
export function announceTestServer(server: TestServer): void {
  process.env[VARIABLE] = JSON.stringify(server);
}

/** @throws Fault outside a Jest run */
export function announcedTestServer(): TestServer {
  const text = process.env[VARIABLE];
  if (text === undefined) {
    throw new Fault(
      'There is no test Postgres here: run the tests by jest with the configuration of the root folder.',
    );
  }
  return JSON.parse(text) as TestServer;
}
