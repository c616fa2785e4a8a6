import setUpTestPostgres from '@supergraph/tools/test-postgres/setup';
import tearDownTestPostgres from '@supergraph/tools/test-postgres/teardown';

/** Runs `work` beside the Postgres that tests have: fast, and safe in no crash. For figures of other processes. */
export async function withTestPostgres(work: () => Promise<void>): Promise<void> {
  await setUpTestPostgres();
  try {
    await work();
  } finally {
    await tearDownTestPostgres();
  }
}
