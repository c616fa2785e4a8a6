import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateSubscribers1785600000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE EXTENSION IF NOT EXISTS pg_trgm');
    // Text that is compared or sorted is COLLATE "C": its order must not depend on the server's locale.
    await queryRunner.query(`
      CREATE TABLE subscribers (
        id uuid CONSTRAINT subscribers_pkey PRIMARY KEY,
        email text NOT NULL,
        email_normalized text COLLATE "C" NOT NULL CONSTRAINT subscribers_email_normalized_key UNIQUE,
        name text,
        search_text text COLLATE "C" NOT NULL,
        status text NOT NULL,
        added_by uuid,
        added_at timestamptz(3) NOT NULL,
        CONSTRAINT subscribers_name_check CHECK (char_length(name) BETWEEN 1 AND 200),
        CONSTRAINT subscribers_status_check
          CHECK (status IN ('PENDING', 'ACTIVE', 'UNSUBSCRIBED', 'BOUNCED', 'COMPLAINED', 'ERASED'))
      )`);
    await queryRunner.query('CREATE INDEX subscribers_added_at_id_idx ON subscribers (added_at, id)');
    await queryRunner.query(
      'CREATE INDEX subscribers_added_by_added_at_id_idx ON subscribers (added_by, added_at, id)',
    );
    await queryRunner.query(
      'CREATE INDEX subscribers_search_text_idx ON subscribers USING gin (search_text gin_trgm_ops)',
    );
    await queryRunner.query(`
      CREATE TABLE idempotency_keys (
        viewer_id uuid,
        key text COLLATE "C",
        input_hash text NOT NULL,
        subscriber_id uuid NOT NULL
          CONSTRAINT idempotency_keys_subscriber_id_fkey REFERENCES subscribers (id) ON DELETE CASCADE,
        created boolean NOT NULL,
        CONSTRAINT idempotency_keys_pkey PRIMARY KEY (viewer_id, key),
        CONSTRAINT idempotency_keys_key_check CHECK (char_length(key) BETWEEN 1 AND 255)
      )`);
    await queryRunner.query(
      'CREATE INDEX idempotency_keys_subscriber_id_idx ON idempotency_keys (subscriber_id)',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE idempotency_keys');
    await queryRunner.query('DROP TABLE subscribers');
  }
}
