import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The facts of a subscriber, from which the status follows, the history, and the addresses of erased subscribers. */
export class SubscriberLife1786500000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE subscribers
        ALTER email DROP NOT NULL,
        ADD source text NOT NULL DEFAULT 'USER'
          CONSTRAINT subscribers_source_check CHECK (source IN ('USER', 'FORM', 'IMPORT')),
        ADD tags text[] NOT NULL DEFAULT '{}',
        ADD attributes jsonb NOT NULL DEFAULT '{}',
        ADD consent jsonb,
        ADD confirmed_at timestamptz(3),
        ADD pending_since timestamptz(3),
        ADD bounced_at timestamptz(3),
        ADD soft_bounces smallint NOT NULL DEFAULT 0,
        ADD unsubscribed_at timestamptz(3),
        ADD complained_at timestamptz(3),
        ADD erased_at timestamptz(3),
        ADD updated_at timestamptz(3),
        ADD revision integer NOT NULL DEFAULT 1,
        DROP CONSTRAINT subscribers_status_check`);
    // Earlier versions only wrote ACTIVE. Other statuses came from operators, who could not say since when they hold.
    await queryRunner.query(`
      UPDATE subscribers SET
        updated_at = added_at,
        pending_since = CASE WHEN status = 'PENDING' THEN added_at END,
        bounced_at = CASE WHEN status = 'BOUNCED' THEN added_at END,
        unsubscribed_at = CASE WHEN status = 'UNSUBSCRIBED' THEN added_at END,
        complained_at = CASE WHEN status = 'COMPLAINED' THEN added_at END,
        erased_at = CASE WHEN status = 'ERASED' THEN added_at END,
        email = CASE WHEN status <> 'ERASED' THEN email END,
        name = CASE WHEN status <> 'ERASED' THEN name END,
        search_text = CASE WHEN status <> 'ERASED' THEN search_text ELSE '' END,
        email_normalized = CASE WHEN status <> 'ERASED' THEN email_normalized ELSE 'erased:' || id END`);
    // Replicas of the earlier version insert rows without updated_at.
    await queryRunner.query(`
      ALTER TABLE subscribers
        ALTER updated_at SET DEFAULT now(),
        ALTER updated_at SET NOT NULL,
        ADD CONSTRAINT subscribers_email_check CHECK ((email IS NULL) = (erased_at IS NOT NULL)),
        ADD CONSTRAINT subscribers_status_check CHECK (status = CASE
          WHEN erased_at IS NOT NULL THEN 'ERASED'
          WHEN complained_at IS NOT NULL THEN 'COMPLAINED'
          WHEN unsubscribed_at IS NOT NULL THEN 'UNSUBSCRIBED'
          WHEN bounced_at IS NOT NULL THEN 'BOUNCED'
          WHEN pending_since IS NOT NULL THEN 'PENDING'
          ELSE 'ACTIVE'
        END)`);
    await queryRunner.query(`
      CREATE TABLE subscriber_history (
        subscriber_id uuid,
        revision integer,
        at timestamptz(3) NOT NULL,
        kind text NOT NULL CONSTRAINT subscriber_history_kind_check
          CHECK (kind IN ('CONFIRMED', 'UPDATED', 'UNSUBSCRIBED', 'BOUNCED', 'COMPLAINED', 'ERASED')),
        by_user uuid,
        source text NOT NULL CONSTRAINT subscriber_history_source_check
          CHECK (source IN ('USER', 'FORM', 'IMPORT')),
        changed text[] NOT NULL DEFAULT '{}',
        reason text,
        CONSTRAINT subscriber_history_pkey PRIMARY KEY (subscriber_id, revision)
      )`);
    await queryRunner.query(`
      CREATE TABLE suppressions (
        hash bytea CONSTRAINT suppressions_pkey PRIMARY KEY,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
  }

  /** Erased subscribers have no address any more, so they are deleted. */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE suppressions');
    await queryRunner.query('DROP TABLE subscriber_history');
    await queryRunner.query('DELETE FROM subscribers WHERE email IS NULL');
    await queryRunner.query(`
      ALTER TABLE subscribers
        DROP CONSTRAINT subscribers_status_check,
        DROP CONSTRAINT subscribers_email_check,
        DROP revision, DROP updated_at, DROP erased_at, DROP complained_at, DROP unsubscribed_at,
        DROP soft_bounces, DROP bounced_at, DROP pending_since, DROP confirmed_at, DROP consent,
        DROP attributes, DROP tags, DROP source,
        ALTER email SET NOT NULL,
        ADD CONSTRAINT subscribers_status_check
          CHECK (status IN ('PENDING', 'ACTIVE', 'UNSUBSCRIBED', 'BOUNCED', 'COMPLAINED', 'ERASED'))`);
  }
}
