import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sign-ups by machines, which the worker discards. */
export class MarkSignUpsByMachines1787210000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE sign_ups ADD COLUMN by_machine boolean NOT NULL DEFAULT false');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    // Without the mark they would be processed.
    await queryRunner.query('DELETE FROM sign_ups WHERE by_machine');
    await queryRunner.query('ALTER TABLE sign_ups DROP COLUMN by_machine');
  }
}
