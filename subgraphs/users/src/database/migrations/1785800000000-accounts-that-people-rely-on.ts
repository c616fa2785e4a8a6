import type { MigrationInterface, QueryRunner } from 'typeorm';
import { searchText } from '@kit/database';

/** Adds columns to sessions, keys and users, and the tables of mail, throttling and the audit log. */
export class AccountsThatPeopleRelyOn1785800000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await this.users(queryRunner);
    await this.sessions(queryRunner);
    await queryRunner.query('ALTER TABLE signing_keys ADD COLUMN signs_from timestamptz');
    await queryRunner.query('UPDATE signing_keys SET signs_from = created_at');
    await queryRunner.query('ALTER TABLE signing_keys ALTER COLUMN signs_from SET NOT NULL');
    await this.mail(queryRunner);
    await queryRunner.query(`
      CREATE TABLE throttle (
        key varchar(255) CONSTRAINT throttle_pkey PRIMARY KEY,
        points integer NOT NULL DEFAULT 0,
        expire bigint
      )`);
    await queryRunner.query('CREATE INDEX throttle_expire_idx ON throttle (expire)');
    await queryRunner.query(`
      CREATE TABLE audit_log (
        id uuid CONSTRAINT audit_log_pkey PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT now(),
        action text NOT NULL,
        actor_id uuid,
        session_id uuid,
        subject_id uuid,
        ip text,
        user_agent text,
        request_id text,
        detail jsonb NOT NULL DEFAULT '{}'
      )`);
    await queryRunner.query('CREATE INDEX audit_log_at_idx ON audit_log (at)');
    await queryRunner.query('CREATE INDEX audit_log_subject_id_idx ON audit_log (subject_id, at)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['audit_log', 'throttle', 'mail_jobs', 'email_tokens']) {
      await queryRunner.query(`DROP TABLE ${table}`);
    }
    await queryRunner.query('ALTER TABLE signing_keys DROP COLUMN signs_from');
    await queryRunner.query('DELETE FROM sessions');
    await queryRunner.query(`
      ALTER TABLE sessions
        DROP COLUMN generation, DROP COLUMN seed, DROP COLUMN rotated_at, DROP COLUMN retried,
        DROP COLUMN user_agent, DROP COLUMN ip,
        ADD COLUMN refresh_token_hash bytea NOT NULL CONSTRAINT sessions_refresh_token_hash_key UNIQUE,
        ADD CONSTRAINT sessions_refresh_token_hash_check CHECK (octet_length(refresh_token_hash) = 32)`);
    await queryRunner.query(
      'DROP INDEX sessions_ended_at_idx, sessions_expires_at_idx, sessions_user_id_idx',
    );
    await queryRunner.query('CREATE INDEX sessions_user_id_idx ON sessions (user_id)');
    await queryRunner.query('ALTER TABLE users DROP COLUMN email_verified_at, DROP COLUMN search_text');
  }

  private async users(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE EXTENSION IF NOT EXISTS pg_trgm');
    await queryRunner.query(
      'ALTER TABLE users ADD COLUMN email_verified_at timestamptz, ADD COLUMN search_text text',
    );
    const users = (await queryRunner.query('SELECT id, email, display_name FROM users')) as {
      id: string;
      email: string;
      display_name: string;
    }[];
    for (const { id, email, display_name: name } of users) {
      await queryRunner.query('UPDATE users SET search_text = $2 WHERE id = $1', [
        id,
        searchText(email, name),
      ]);
    }
    await queryRunner.query('ALTER TABLE users ALTER COLUMN search_text SET NOT NULL');
    await queryRunner.query(
      'CREATE INDEX users_search_text_idx ON users USING gin (search_text gin_trgm_ops)',
    );
  }

  /** The format of refresh tokens changes, so all users have to log in again. */
  private async sessions(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DELETE FROM sessions');
    await queryRunner.query(`
      ALTER TABLE sessions
        DROP COLUMN refresh_token_hash,
        ADD COLUMN generation integer NOT NULL DEFAULT 0,
        ADD COLUMN seed bytea NOT NULL,
        ADD COLUMN rotated_at timestamptz,
        ADD COLUMN retried boolean NOT NULL DEFAULT false,
        ADD COLUMN user_agent text,
        ADD COLUMN ip text,
        ADD CONSTRAINT sessions_seed_check CHECK (octet_length(seed) = 32)`);
    await queryRunner.query(
      'CREATE INDEX sessions_ended_at_idx ON sessions (ended_at) WHERE ended_at IS NOT NULL',
    );
    await queryRunner.query('CREATE INDEX sessions_expires_at_idx ON sessions (expires_at)');
    await queryRunner.query('DROP INDEX sessions_user_id_idx');
    await queryRunner.query('CREATE INDEX sessions_user_id_idx ON sessions (user_id, id)');
  }

  private async mail(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE email_tokens (
        hash bytea CONSTRAINT email_tokens_pkey PRIMARY KEY,
        user_id uuid NOT NULL CONSTRAINT email_tokens_user_id_fkey REFERENCES users ON DELETE CASCADE,
        purpose text NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        used_at timestamptz,
        CONSTRAINT email_tokens_hash_check CHECK (octet_length(hash) = 32),
        CONSTRAINT email_tokens_purpose_check CHECK (purpose IN ('VERIFY_EMAIL', 'RESET_PASSWORD'))
      )`);
    await queryRunner.query('CREATE INDEX email_tokens_user_id_idx ON email_tokens (user_id)');
    await queryRunner.query('CREATE INDEX email_tokens_expires_at_idx ON email_tokens (expires_at)');
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
}
