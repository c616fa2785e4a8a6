import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Exports that have not been downloaded yet. */
export class SubscriberExports1787000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE subscriber_exports (
        token_hash bytea CONSTRAINT subscriber_exports_pkey PRIMARY KEY
          CONSTRAINT subscriber_exports_token_hash_check CHECK (octet_length(token_hash) = 32),
        format text NOT NULL CONSTRAINT subscriber_exports_format_check CHECK (format IN ('CSV', 'NDJSON')),
        filter jsonb NOT NULL,
        fields text[] NOT NULL,
        created_by uuid NOT NULL,
        expires_at timestamptz(3) NOT NULL
      )`);
    await queryRunner.query(
      'CREATE INDEX subscriber_exports_expires_at_idx ON subscriber_exports (expires_at)',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE subscriber_exports');
  }
}
