import { databaseUnreachable, StartUpError } from '@supergraph/service/start-up';
import type { DataSource } from 'typeorm';

/**
 * Opens the database, once: whoever starts this process decides whether to try again.
 * @throws StartUpError when it cannot be reached, refuses us, or lacks a migration
 */
export async function openDatabase(dataSource: DataSource, url: string): Promise<void> {
  await openConnections(dataSource, url);
  if (await dataSource.showMigrations()) {
    throw new StartUpError('the database (DATABASE_URL) is not migrated: run migrate.js first');
  }
}

/**
 * Opens the database whatever state its schema is in.
 * @throws StartUpError when it cannot be reached or refuses us
 */
export async function openConnections(dataSource: DataSource, url: string): Promise<void> {
  try {
    await dataSource.initialize();
  } catch (error) {
    throw databaseUnreachable(url, error);
  }
}
