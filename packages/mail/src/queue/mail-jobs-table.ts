import type { QueryRunner } from 'typeorm';

/**
 * Creates the table of the queue, in a migration. Never change these statements: databases have run them. A later
 * version of the table gets a function of its own.
 */
export async function createMailJobs(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    CREATE TABLE mail_jobs (
      id uuid CONSTRAINT mail_jobs_pkey PRIMARY KEY,
      kind text NOT NULL,
      email_normalized text NOT NULL,
      created_at timestamptz NOT NULL,
      attempts integer NOT NULL DEFAULT 0,
      next_attempt_at timestamptz NOT NULL,
      done_at timestamptz,
      outcome text
    )`);
  await queryRunner.query(
    'CREATE INDEX mail_jobs_next_attempt_at_idx ON mail_jobs (next_attempt_at) WHERE done_at IS NULL',
  );
  await queryRunner.query(
    'CREATE INDEX mail_jobs_done_at_idx ON mail_jobs (done_at) WHERE done_at IS NOT NULL',
  );
}

/** Lets `MailJobs.forget` find the jobs of an address, in a migration after `createMailJobs`. */
export async function indexMailJobAddresses(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query('CREATE INDEX mail_jobs_email_normalized_idx ON mail_jobs (email_normalized)');
}

/** Undoes `indexMailJobAddresses`. */
export async function dropMailJobAddressIndex(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query('DROP INDEX mail_jobs_email_normalized_idx');
}

/** Undoes `createMailJobs`. */
export async function dropMailJobs(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query('DROP TABLE mail_jobs');
}
