import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateEventLog1785700000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    // Rows are short-lived, so the vacuum should depend on their number and not on their share of the table.
    await queryRunner.query(`
      CREATE TABLE outbox (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT outbox_pkey PRIMARY KEY,
        type text NOT NULL,
        subject_id uuid NOT NULL,
        occurred_at timestamptz(3) NOT NULL
      ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000)`);
    await queryRunner.query(`
      CREATE TABLE event_log (
        seq bigint CONSTRAINT event_log_pkey PRIMARY KEY,
        type text NOT NULL,
        subject_id uuid NOT NULL,
        occurred_at timestamptz(3) NOT NULL
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
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE event_log_state');
    await queryRunner.query('DROP TABLE event_log');
    await queryRunner.query('DROP TABLE outbox');
  }
}
