import { createEventLogConsumers } from '@kit/event-log';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class EventDetailsAndConsumers1786100000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['outbox', 'event_log']) {
      await queryRunner.query(`ALTER TABLE ${table} ADD COLUMN detail jsonb`);
    }
    await createEventLogConsumers(queryRunner);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE event_log_consumers');
    // The relay takes its locks in the same order. Another order could deadlock with it.
    for (const table of ['outbox', 'event_log']) {
      await queryRunner.query(`ALTER TABLE ${table} DROP COLUMN detail`);
    }
  }
}
