import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Imports of subscribers, with the chunks of their files and the rows that they rejected. */
export class SubscriberImports1786900000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE subscriber_imports (
        id uuid CONSTRAINT subscriber_imports_pkey PRIMARY KEY,
        file_name text NOT NULL,
        on_existing text NOT NULL
          CONSTRAINT subscriber_imports_on_existing_check CHECK (on_existing IN ('SKIP', 'UPDATE')),
        tags text[] NOT NULL DEFAULT '{}',
        columns jsonb,
        consent_text text,
        dry_run boolean NOT NULL,
        created_by uuid,
        created_at timestamptz(3) NOT NULL,
        started_at timestamptz(3),
        finished_at timestamptz(3),
        status text NOT NULL CONSTRAINT subscriber_imports_status_check
          CHECK (status IN ('WAITING_FOR_FILE', 'RUNNING', 'FINISHED', 'CANCELLED', 'FAILED')),
        problem text,
        token_hash bytea,
        token_expires_at timestamptz,
        upload_id uuid,
        upload_seen_at timestamptz,
        encoding text,
        bytes_read bigint NOT NULL DEFAULT 0,
        bytes_total bigint,
        rows_read integer NOT NULL DEFAULT 0,
        added integer NOT NULL DEFAULT 0,
        updated integer NOT NULL DEFAULT 0,
        unchanged integer NOT NULL DEFAULT 0,
        suppressed integer NOT NULL DEFAULT 0,
        rejected integer NOT NULL DEFAULT 0,
        stage text,
        last_line integer,
        position integer NOT NULL DEFAULT 0,
        attempt integer NOT NULL DEFAULT 0,
        leased_until timestamptz
      )`);
    await queryRunner.query(
      'CREATE UNIQUE INDEX subscriber_imports_token_hash_idx ON subscriber_imports (token_hash)',
    );
    await queryRunner.query(`
      CREATE INDEX subscriber_imports_unfinished_idx ON subscriber_imports (created_at)
       WHERE status IN ('WAITING_FOR_FILE', 'RUNNING')`);
    await queryRunner.query(`
      CREATE TABLE import_chunks (
        import_id uuid NOT NULL CONSTRAINT import_chunks_import_id_fkey
          REFERENCES subscriber_imports ON DELETE CASCADE,
        n integer NOT NULL,
        bytes bytea NOT NULL,
        CONSTRAINT import_chunks_pkey PRIMARY KEY (import_id, n)
      )`);
    // Compression would cost more time than it saves.
    await queryRunner.query('ALTER TABLE import_chunks ALTER bytes SET STORAGE EXTERNAL');
    await queryRunner.query(`
      CREATE TABLE import_rejected_rows (
        import_id uuid NOT NULL CONSTRAINT import_rejected_rows_import_id_fkey
          REFERENCES subscriber_imports ON DELETE CASCADE,
        line integer NOT NULL,
        "column" text,
        code text NOT NULL,
        message text NOT NULL,
        value text,
        CONSTRAINT import_rejected_rows_pkey PRIMARY KEY (import_id, line)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const stages = (await queryRunner.query(
      `SELECT quote_ident(relname) AS name FROM pg_class
        WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND relname LIKE 'import\\_stage\\_%'`,
    )) as { name: string }[];
    for (const { name } of stages) await queryRunner.query(`DROP TABLE ${name}`);
    await queryRunner.query('DROP TABLE import_rejected_rows');
    await queryRunner.query('DROP TABLE import_chunks');
    await queryRunner.query('DROP TABLE subscriber_imports');
  }
}
