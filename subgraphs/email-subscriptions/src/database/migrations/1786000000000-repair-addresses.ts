import { findOutdatedAddresses, reportAddressRepairs } from '@kit/mail';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Repairs normal forms that earlier rules got wrong. A subscriber whose address is not valid loses its claim to it: its
 * normal form becomes `unclaimed:` and its id. Subscribers with the same address are merged into the oldest one.
 * `address_repairs` records each repair and keeps the removed rows.
 */
export class RepairAddresses1786000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE address_repairs (
        id uuid CONSTRAINT address_repairs_pkey PRIMARY KEY,
        found text NOT NULL,
        done text NOT NULL,
        merged_into uuid,
        removed_row jsonb,
        previous_normalized text COLLATE "C" NOT NULL,
        repaired_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT address_repairs_found_check CHECK (found IN ('NOT_VALID', 'DUPLICATE', 'OTHER_FORM')),
        CONSTRAINT address_repairs_done_check CHECK (done IN ('CLAIM_REMOVED', 'REWRITTEN', 'MERGED'))
      )`);
    await findOutdatedAddresses(queryRunner, 'subscribers');
    await this.decide(queryRunner);
    await this.merge(queryRunner);
    await this.rename(queryRunner);
    await reportAddressRepairs(
      queryRunner,
      'email-subscriptions',
      '"Repaired addresses" in docs/operating.md',
    );
  }

  /**
   * Restores removed rows, and restores claims unless the address has another subscriber by now. Merged idempotency
   * keys and statuses stay with the subscriber that they were moved to.
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      UPDATE subscribers SET email_normalized = 'unclaimed:' || subscribers.id
      FROM address_repairs WHERE address_repairs.id = subscribers.id AND done = 'REWRITTEN'`);
    await queryRunner.query(`
      INSERT INTO subscribers
      SELECT removed.* FROM address_repairs, jsonb_populate_record(
        NULL::subscribers, removed_row || jsonb_build_object('email_normalized', 'unclaimed:' || address_repairs.id)
      ) AS removed WHERE done = 'MERGED'`);
    await queryRunner.query(`
      UPDATE subscribers SET email_normalized = previous_normalized
      FROM address_repairs
      WHERE address_repairs.id = subscribers.id AND email_normalized = 'unclaimed:' || subscribers.id
        AND NOT EXISTS (SELECT FROM subscribers AS other WHERE other.email_normalized = previous_normalized)`);
    await queryRunner.query('DROP TABLE address_repairs');
  }

  private async decide(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      INSERT INTO address_repairs (id, found, done, previous_normalized)
      SELECT id, 'NOT_VALID', 'CLAIM_REMOVED', email_normalized
      FROM outdated_addresses JOIN subscribers USING (id) WHERE normalized IS NULL`);
    await queryRunner.query(`
      WITH claims AS (
        SELECT subscribers.*, normalized FROM outdated_addresses JOIN subscribers USING (id)
        WHERE normalized IS NOT NULL
        UNION ALL
        SELECT subscribers.*, email_normalized FROM subscribers
        WHERE email_normalized IN (SELECT normalized FROM outdated_addresses WHERE normalized IS NOT NULL)
          AND id NOT IN (SELECT id FROM outdated_addresses)
      ), ranked AS (
        SELECT id, normalized, email_normalized,
               first_value(id) OVER (PARTITION BY normalized ORDER BY added_at, id) AS oldest
        FROM claims
      )
      INSERT INTO address_repairs (id, found, done, merged_into, removed_row, previous_normalized)
      SELECT id, 'DUPLICATE', 'MERGED', oldest, to_jsonb(subscribers), subscribers.email_normalized
      FROM ranked JOIN subscribers USING (id) WHERE id <> oldest
      UNION ALL
      SELECT id, 'OTHER_FORM', 'REWRITTEN', NULL, NULL, email_normalized FROM ranked
      WHERE id = oldest AND email_normalized <> normalized`);
  }

  /**
   * An opt-out applies to the address, so the merged subscriber keeps it. Readers skip the events of removed rows, which
   * have no subscriber.
   */
  private async merge(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      UPDATE subscribers SET status = opted_out.status
      FROM (
        SELECT DISTINCT ON (merged_into) merged_into, removed_row ->> 'status' AS status
        FROM address_repairs WHERE removed_row ->> 'status' NOT IN ('ACTIVE', 'PENDING')
        ORDER BY merged_into, array_position(
          ARRAY['ERASED', 'COMPLAINED', 'UNSUBSCRIBED', 'BOUNCED'], removed_row ->> 'status'
        )
      ) AS opted_out
      WHERE merged_into = subscribers.id AND subscribers.status IN ('ACTIVE', 'PENDING')`);
    await queryRunner.query(`
      UPDATE idempotency_keys SET subscriber_id = merged_into
      FROM address_repairs WHERE address_repairs.id = subscriber_id AND done = 'MERGED'`);
    await queryRunner.query(`
      DELETE FROM subscribers USING address_repairs
      WHERE address_repairs.id = subscribers.id AND done = 'MERGED'`);
  }

  /** In two steps, because one subscriber may get the normal form that another one loses. */
  private async rename(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      UPDATE subscribers SET email_normalized = 'unclaimed:' || subscribers.id
      FROM address_repairs WHERE address_repairs.id = subscribers.id`);
    await queryRunner.query(`
      UPDATE subscribers SET email_normalized = normalized
      FROM address_repairs JOIN outdated_addresses USING (id)
      WHERE address_repairs.id = subscribers.id AND done = 'REWRITTEN'`);
  }
}
