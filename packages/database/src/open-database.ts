import { databaseUnreachable, StartUpError } from '@kit/service';
import type { DataSource } from 'typeorm';

/**
 * Opens the database without retries, which are left to the supervisor of this process.
 * @throws StartUpError if the database cannot be reached, rejects the connection or lacks a migration
 */
export async function openDatabase(dataSource: DataSource, url: string): Promise<void> {
  await openConnections(dataSource, url);
  if (await dataSource.showMigrations()) {
    throw new StartUpError('the database (DATABASE_URL) is not migrated: run migrate.js first');
  }
}

/**
 * Opens the database without checking its schema.
 * @throws StartUpError if the database cannot be reached or rejects the connection
 */
export async function openConnections(dataSource: DataSource, url: string): Promise<void> {
  try {
    await dataSource.initialize();
  } catch (error) {
    throw databaseUnreachable(url, error);
  }
}
