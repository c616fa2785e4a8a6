import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An account may have no roles. */
export class AccountsWithoutRoles1785900000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE users
        DROP CONSTRAINT users_roles_check,
        ADD CONSTRAINT users_roles_check CHECK (roles <@ ARRAY['OWNER', 'ADMIN', 'EDITOR', 'READER'])`);
  }

  /** Fails while an account has no roles: only an owner can say which roles it is to have. */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE users
        DROP CONSTRAINT users_roles_check,
        ADD CONSTRAINT users_roles_check
          CHECK (cardinality(roles) > 0 AND roles <@ ARRAY['OWNER', 'ADMIN', 'EDITOR', 'READER'])`);
  }
}
