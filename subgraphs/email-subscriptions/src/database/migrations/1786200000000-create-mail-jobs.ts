import { createMailJobs, dropMailJobs } from '@kit/mail';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateMailJobs1786200000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await createMailJobs(queryRunner);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropMailJobs(queryRunner);
  }
}
