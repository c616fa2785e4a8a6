import { dropMailJobAddressIndex, indexMailJobAddresses } from '@kit/mail';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class IndexMailJobAddresses1786400000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await indexMailJobAddresses(queryRunner);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropMailJobAddressIndex(queryRunner);
  }
}
