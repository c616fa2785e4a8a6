import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sign-ups of the public form, the tokens of confirmation links, and the limits of confirmation mails. */
export class SignUps1786600000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE sign_ups (
        id uuid CONSTRAINT sign_ups_pkey PRIMARY KEY,
        email text NOT NULL,
        email_normalized text COLLATE "C" NOT NULL,
        name text,
        tags text[] NOT NULL,
        attributes jsonb NOT NULL,
        origin text,
        consent_text text,
        ip text,
        user_agent text,
        created_at timestamptz(3) NOT NULL,
        due_at timestamptz NOT NULL DEFAULT now(),
        kept_until timestamptz
      )`);
    await queryRunner.query(
      'CREATE INDEX sign_ups_due_at_id_idx ON sign_ups (due_at, id) WHERE kept_until IS NULL',
    );
    await queryRunner.query('CREATE INDEX sign_ups_email_normalized_idx ON sign_ups (email_normalized)');
    await queryRunner.query(
      'CREATE UNIQUE INDEX sign_ups_kept_idx ON sign_ups (email_normalized) WHERE kept_until IS NOT NULL',
    );
    await queryRunner.query(`
      CREATE TABLE confirmation_tokens (
        hash bytea CONSTRAINT confirmation_tokens_pkey PRIMARY KEY
          CONSTRAINT confirmation_tokens_hash_check CHECK (octet_length(hash) = 32),
        subscriber_id uuid CONSTRAINT confirmation_tokens_subscriber_id_fkey
          REFERENCES subscribers ON DELETE CASCADE,
        sign_up_id uuid CONSTRAINT confirmation_tokens_sign_up_id_fkey
          REFERENCES sign_ups ON DELETE CASCADE,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        used_at timestamptz,
        CONSTRAINT confirmation_tokens_subject_check CHECK (num_nonnulls(subscriber_id, sign_up_id) = 1)
      )`);
    for (const column of ['subscriber_id', 'sign_up_id', 'expires_at']) {
      await queryRunner.query(
        `CREATE INDEX confirmation_tokens_${column}_idx ON confirmation_tokens (${column})`,
      );
    }
    await queryRunner.query(`
      CREATE TABLE confirmation_limits (
        hash bytea CONSTRAINT confirmation_limits_pkey PRIMARY KEY,
        mails integer NOT NULL,
        last_mail_at timestamptz NOT NULL
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE confirmation_limits');
    await queryRunner.query('DROP TABLE confirmation_tokens');
    await queryRunner.query('DROP TABLE sign_ups');
  }
}
