import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateAccounts1764000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE users (
        id uuid CONSTRAINT users_pkey PRIMARY KEY,
        email text NOT NULL,
        email_normalized text NOT NULL CONSTRAINT users_email_normalized_key UNIQUE,
        display_name text NOT NULL,
        password_hash text NOT NULL,
        roles text[] NOT NULL,
        created_at timestamptz NOT NULL,
        CONSTRAINT users_email_check CHECK (char_length(email) <= 254),
        CONSTRAINT users_display_name_check CHECK (char_length(display_name) BETWEEN 1 AND 100),
        CONSTRAINT users_roles_check
          CHECK (cardinality(roles) > 0 AND roles <@ ARRAY['OWNER', 'ADMIN', 'EDITOR', 'READER'])
      )`);
    await queryRunner.query(`
      CREATE TABLE sessions (
        id uuid CONSTRAINT sessions_pkey PRIMARY KEY,
        user_id uuid NOT NULL CONSTRAINT sessions_user_id_fkey REFERENCES users ON DELETE CASCADE,
        refresh_token_hash bytea NOT NULL CONSTRAINT sessions_refresh_token_hash_key UNIQUE,
        created_at timestamptz NOT NULL,
        last_used_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        ended_at timestamptz,
        CONSTRAINT sessions_refresh_token_hash_check CHECK (octet_length(refresh_token_hash) = 32),
        CONSTRAINT sessions_expires_at_check CHECK (expires_at > created_at)
      )`);
    await queryRunner.query('CREATE INDEX sessions_user_id_idx ON sessions (user_id)');
    await queryRunner.query(`
      CREATE TABLE signing_keys (
        kid text CONSTRAINT signing_keys_pkey PRIMARY KEY,
        sealed_private_key bytea NOT NULL,
        created_at timestamptz NOT NULL
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE signing_keys');
    await queryRunner.query('DROP TABLE sessions');
    await queryRunner.query('DROP TABLE users');
  }
}
