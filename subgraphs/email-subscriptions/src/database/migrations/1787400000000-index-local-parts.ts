import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds the addresses that contain a text with an `@`, by the end of their local part. */
export class IndexLocalParts1787400000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `CREATE INDEX subscribers_local_part_end_idx ON subscribers (reverse(split_part(search_text, '@', 1)))`,
    );
    // Without statistics of the expression Postgres would not use it.
    await queryRunner.query('ANALYZE subscribers');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX subscribers_local_part_end_idx');
  }
}
