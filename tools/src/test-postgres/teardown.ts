import { removeEmbeddedPostgres } from '../embedded-postgres/home.js';
import { testPostgresFolder } from './folder.js';

/** Jest's globalTeardown: stops this run's Postgres and deletes its data. */
// oxlint-disable-next-line import/no-default-export -- jest takes nothing else
export default async function tearDownTestPostgres(): Promise<void> {
  await removeEmbeddedPostgres(testPostgresFolder());
}
