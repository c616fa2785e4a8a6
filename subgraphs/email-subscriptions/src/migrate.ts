import { explainStartUp } from '@kit/service';
import { readDatabaseUrl } from './config.js';
import { createDataSource, UNLIMITED } from './database/create-data-source.js';
import { openConnections } from './database/open-database.js';
import { runPendingMigrations } from './database/run-migrations.js';

/** Migrates the database of DATABASE_URL. Several processes may run it at the same time. */
try {
  const url = readDatabaseUrl();
  const dataSource = createDataSource(url, UNLIMITED);
  await openConnections(dataSource, url);
  try {
    const applied = await runPendingMigrations(dataSource);
    const outcome = applied.length > 0 ? `migrated: ${applied.join(', ')}` : 'no migration is pending';
    console.log(`email-subscriptions: ${outcome}`);
  } finally {
    await dataSource.destroy();
  }
} catch (error) {
  process.stderr.write(`email-subscriptions: ${explainStartUp(error)}\n`);
  process.exitCode = 1;
}
