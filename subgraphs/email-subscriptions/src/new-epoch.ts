import { explainStartUp } from '@kit/service';
import { readDatabaseUrl } from './config.js';
import { createDataSource, UNLIMITED } from './database/create-data-source.js';
import { openDatabase } from './database/open-database.js';
import { startNewEpoch } from './event-log/start-new-epoch.js';

/** Run it once after the database of DATABASE_URL was restored from a backup or lost commits. */
try {
  const url = readDatabaseUrl();
  const dataSource = createDataSource(url, UNLIMITED);
  await openDatabase(dataSource, url);
  try {
    console.log(`email-subscriptions: the event log has a new epoch, ${await startNewEpoch(dataSource)}`);
  } finally {
    await dataSource.destroy();
  }
} catch (error) {
  process.stderr.write(`email-subscriptions: ${explainStartUp(error)}\n`);
  process.exitCode = 1;
}
