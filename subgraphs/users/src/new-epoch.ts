import { startNewEpoch } from '@kit/event-log';
import { database } from './database/database.js';

/** Run it once after the database of DATABASE_URL was restored from a backup or lost commits. */
await database.program(
  {},
  async (dataSource) => `the event log has a new epoch, ${await startNewEpoch(dataSource)}`,
);
