import type { QueryRunner } from 'typeorm';

/**
 * Creates the outbox of bulk jobs, in a migration after `createEventLog`. Never change these statements: databases have
 * run them. A row is a batch of 1 to 500 events that share kind, time and detail, in the order of `subject_ids`.
 */
export async function createBulkOutbox(queryRunner: QueryRunner): Promise<void> {
  // A null would block the relay, because each event has a subject.
  await queryRunner.query(`
    CREATE TABLE outbox_bulk (
      id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT outbox_bulk_pkey PRIMARY KEY,
      type text NOT NULL,
      subject_ids uuid[] NOT NULL,
      occurred_at timestamptz(3) NOT NULL,
      detail jsonb,
      CONSTRAINT outbox_bulk_subject_ids_check
        CHECK (cardinality(subject_ids) BETWEEN 1 AND 500 AND array_position(subject_ids, NULL) IS NULL)
    ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500)`);
  // Ids hardly shrink, so compressing them would only cost the writers time.
  await queryRunner.query('ALTER TABLE outbox_bulk ALTER COLUMN subject_ids SET STORAGE EXTERNAL');
}

/** Undoes `createBulkOutbox`, before `dropEventLog`: the relay takes its locks in the same order. */
export async function dropBulkOutbox(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query('DROP TABLE outbox_bulk');
}
