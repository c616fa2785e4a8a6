import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The age of idempotency keys, so that old ones can be deleted. Keys of earlier versions count as new. */
export class DateIdempotencyKeys1787200000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'ALTER TABLE idempotency_keys ADD COLUMN created_at timestamptz NOT NULL DEFAULT now()',
    );
    await queryRunner.query('CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE idempotency_keys DROP COLUMN created_at');
  }
}
