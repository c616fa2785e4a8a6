import type { QueryRunner } from 'typeorm';

/**
 * Creates the tables of the event log, in a migration. Never change these statements: databases have run them. A later
 * version of the tables gets a function of its own.
 */
export async function createEventLog(queryRunner: QueryRunner): Promise<void> {
  // Rows are short-lived, so the vacuum should depend on their number and not on their share of the table.
  await queryRunner.query(`
    CREATE TABLE outbox (
      id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT outbox_pkey PRIMARY KEY,
      type text NOT NULL,
      subject_id uuid NOT NULL,
      occurred_at timestamptz(3) NOT NULL,
      detail jsonb
    ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000)`);
  await queryRunner.query(`
    CREATE TABLE event_log (
      seq bigint CONSTRAINT event_log_pkey PRIMARY KEY,
      type text NOT NULL,
      subject_id uuid NOT NULL,
      occurred_at timestamptz(3) NOT NULL,
      detail jsonb
    ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 100000)`);
  await queryRunner.query(`
    CREATE TABLE event_log_state (
      only_row boolean CONSTRAINT event_log_state_pkey PRIMARY KEY DEFAULT true,
      epoch text NOT NULL,
      last_seq bigint NOT NULL DEFAULT 0,
      trimmed_seq bigint NOT NULL DEFAULT 0,
      CONSTRAINT event_log_state_only_row_check CHECK (only_row)
    )`);
  await queryRunner.query(
    `INSERT INTO event_log_state (epoch) VALUES (left(replace(gen_random_uuid()::text, '-', ''), 12))`,
  );
  await createEventLogConsumers(queryRunner);
}

/** Creates the table of consumers, for a database that has the other tables from an earlier migration. */
export async function createEventLogConsumers(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    CREATE TABLE event_log_consumers (
      name text CONSTRAINT event_log_consumers_pkey PRIMARY KEY,
      seq bigint NOT NULL,
      updated_at timestamptz NOT NULL DEFAULT now()
    )`);
}

/** Undoes `createEventLog`. */
export async function dropEventLog(queryRunner: QueryRunner): Promise<void> {
  // The relay and consumers take their locks in the same order. Another order could deadlock with them.
  for (const table of ['event_log_consumers', 'outbox', 'event_log_state', 'event_log']) {
    await queryRunner.query(`DROP TABLE ${table}`);
  }
}
