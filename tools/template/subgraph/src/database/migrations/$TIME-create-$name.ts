import { createBulkOutbox, createEventLog, dropBulkOutbox, dropEventLog } from '@kit/event-log';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Create$Items$TIME implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE $table (
        id uuid CONSTRAINT $table_pkey PRIMARY KEY,
        text text NOT NULL,
        author_id uuid NOT NULL,
        added_at timestamptz(3) NOT NULL
      )`);
    await createEventLog(queryRunner);
    await createBulkOutbox(queryRunner);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropBulkOutbox(queryRunner);
    await dropEventLog(queryRunner);
    await queryRunner.query('DROP TABLE $table');
  }
}
