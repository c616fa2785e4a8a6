import { findOutdatedAddresses, reportAddressRepairs } from '@kit/mail';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Earlier rules normalized some addresses to the address of another person. Such an account loses its claim: its
 * normalized form becomes `unclaimed:` and its id, which no address has. `address_repairs` lists the changed accounts.
 */
export class RepairAddresses1786000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE address_repairs (
        id uuid CONSTRAINT address_repairs_pkey PRIMARY KEY,
        found text NOT NULL,
        done text NOT NULL,
        claimed_by uuid,
        previous_normalized text NOT NULL,
        repaired_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT address_repairs_found_check CHECK (found IN ('NOT_VALID', 'DUPLICATE', 'OTHER_FORM')),
        CONSTRAINT address_repairs_done_check CHECK (done IN ('CLAIM_REMOVED', 'REWRITTEN'))
      )`);
    await findOutdatedAddresses(queryRunner, 'users');
    await this.decide(queryRunner);
    await this.rename(queryRunner);
    await this.shutOut(queryRunner);
    await reportAddressRepairs(queryRunner, 'users', '"Repaired addresses" in docs/operating.md');
    await this.warnOfLostOwners(queryRunner);
  }

  /** Restores claims unless the address has another account by now. Sessions stay revoked and links deleted. */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      UPDATE users SET email_normalized = 'unclaimed:' || users.id
      FROM address_repairs WHERE address_repairs.id = users.id AND done = 'REWRITTEN'`);
    await queryRunner.query(`
      UPDATE users SET email_normalized = previous_normalized
      FROM address_repairs
      WHERE address_repairs.id = users.id AND email_normalized = 'unclaimed:' || users.id
        AND NOT EXISTS (SELECT FROM users AS other WHERE other.email_normalized = previous_normalized)`);
    await queryRunner.query('DROP TABLE address_repairs');
  }

  /** Of accounts with the same address, one that has verified it keeps it, or else the oldest. */
  private async decide(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      INSERT INTO address_repairs (id, found, done, previous_normalized)
      SELECT id, 'NOT_VALID', 'CLAIM_REMOVED', email_normalized
      FROM outdated_addresses JOIN users USING (id) WHERE normalized IS NULL`);
    await queryRunner.query(`
      WITH claims AS (
        SELECT users.*, normalized FROM outdated_addresses JOIN users USING (id) WHERE normalized IS NOT NULL
        UNION ALL
        SELECT users.*, email_normalized FROM users
        WHERE email_normalized IN (SELECT normalized FROM outdated_addresses WHERE normalized IS NOT NULL)
          AND id NOT IN (SELECT id FROM outdated_addresses)
      ), ranked AS (
        SELECT id, normalized, email_normalized, first_value(id) OVER (
          PARTITION BY normalized ORDER BY email_verified_at IS NULL, created_at, id
        ) AS keeper FROM claims
      )
      INSERT INTO address_repairs (id, found, done, claimed_by, previous_normalized)
      SELECT id, 'DUPLICATE', 'CLAIM_REMOVED', keeper, email_normalized FROM ranked WHERE id <> keeper
      UNION ALL
      SELECT id, 'OTHER_FORM', 'REWRITTEN', NULL, email_normalized FROM ranked
      WHERE id = keeper AND email_normalized <> normalized`);
  }

  /** In two steps, because one account may get the normalized form that another one loses. */
  private async rename(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      UPDATE users SET email_normalized = 'unclaimed:' || users.id
      FROM address_repairs WHERE address_repairs.id = users.id`);
    await queryRunner.query(`
      UPDATE users SET email_normalized = normalized
      FROM address_repairs JOIN outdated_addresses USING (id)
      WHERE address_repairs.id = users.id AND done = 'REWRITTEN'`);
    await queryRunner.query(`
      DELETE FROM mail_jobs USING address_repairs
      WHERE email_normalized = previous_normalized AND done = 'CLAIM_REMOVED' AND done_at IS NULL`);
    await queryRunner.query(`
      UPDATE mail_jobs SET email_normalized = normalized
      FROM address_repairs JOIN outdated_addresses USING (id)
      WHERE email_normalized = previous_normalized AND done = 'REWRITTEN' AND done_at IS NULL`);
  }

  /** Sessions come last: gateways miss a revocation that is committed long after its `ended_at`. */
  private async shutOut(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DELETE FROM email_tokens USING address_repairs
      WHERE address_repairs.id = user_id AND done = 'CLAIM_REMOVED'`);
    await queryRunner.query(`
      WITH ended AS (
        UPDATE sessions SET ended_at = clock_timestamp()
        FROM address_repairs
        WHERE address_repairs.id = user_id AND done = 'CLAIM_REMOVED' AND ended_at IS NULL AND expires_at > now()
        RETURNING user_id
      )
      INSERT INTO audit_log (id, action, subject_id, detail)
      SELECT gen_random_uuid(), 'ADDRESS_CLAIM_REMOVED', id, jsonb_build_object(
        'found', found, 'sessionsEnded', (SELECT count(*) FROM ended WHERE user_id = address_repairs.id)
      ) FROM address_repairs WHERE done = 'CLAIM_REMOVED'`);
  }

  private async warnOfLostOwners(queryRunner: QueryRunner): Promise<void> {
    const [{ lost, left }] = (await queryRunner.query(`
      SELECT count(*) FILTER (WHERE email_normalized LIKE 'unclaimed:%')::int AS lost,
             count(*) FILTER (WHERE email_normalized LIKE '%@%')::int AS left
      FROM users WHERE 'OWNER' = ANY (roles)`)) as [{ lost: number; left: number }];
    if (lost === 0 || left > 0) return;
    process.stderr.write(
      'users: WARNING: no owner can log in until one of them has a valid address; see "Repaired addresses" in docs/operating.md\n',
    );
  }
}
