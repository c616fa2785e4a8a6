import { createBulkOutbox, dropBulkOutbox } from '@kit/event-log';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateBulkOutbox1786300000000 implements MigrationInterface {
  up(queryRunner: QueryRunner): Promise<void> {
    return createBulkOutbox(queryRunner);
  }

  down(queryRunner: QueryRunner): Promise<void> {
    return dropBulkOutbox(queryRunner);
  }
}
