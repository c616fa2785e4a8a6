import { afterAll, beforeAll } from '@jest/globals';
import { createEmptyDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { runPendingMigrations } from '@kit/database';
import { type RunningSubgraph, runSubgraph } from '../run-subgraph.js';
import { database } from './notes/database.js';
import { subgraph } from './notes/subgraph.js';

export const STAMP_SECRET = 'the secret of stamps on the notes';

/** Runs the subgraph of notes for all tests of the surrounding `describe`. */
export function withNotes(): { readonly notes: RunningSubgraph } {
  let testDatabase: TestDatabase | undefined;
  let notes: RunningSubgraph | undefined;
  beforeAll(async () => {
    testDatabase = await createEmptyDatabase();
    const dataSource = await database.dataSource(testDatabase.url).initialize();
    await runPendingMigrations(dataSource);
    await dataSource.destroy();
    notes = await runSubgraph(subgraph, { DATABASE_URL: testDatabase.url, STAMP_SECRET });
  });
  afterAll(async () => {
    await notes?.close();
    await testDatabase?.drop();
  });
  return {
    get notes() {
      return notes!;
    },
  };
}
