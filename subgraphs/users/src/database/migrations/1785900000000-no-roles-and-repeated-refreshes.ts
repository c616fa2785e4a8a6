import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Allows accounts without roles, and stores when each recent refresh token of a session was used. */
export class NoRolesAndRepeatedRefreshes1785900000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE users
        DROP CONSTRAINT users_roles_check,
        ADD CONSTRAINT users_roles_check CHECK (roles <@ ARRAY['OWNER', 'ADMIN', 'EDITOR', 'READER'])`);
    await queryRunner.query("ALTER TABLE sessions ADD COLUMN used_up_at timestamptz[] NOT NULL DEFAULT '{}'");
    await queryRunner.query(
      'UPDATE sessions SET used_up_at = ARRAY[rotated_at] WHERE rotated_at IS NOT NULL AND ended_at IS NULL',
    );
    await queryRunner.query('ALTER TABLE sessions DROP COLUMN rotated_at, DROP COLUMN retried');
  }

  /** Fails while an account has no roles: only an owner can decide which ones it gets. */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE sessions
        ADD COLUMN rotated_at timestamptz,
        ADD COLUMN retried boolean NOT NULL DEFAULT false`);
    await queryRunner.query('UPDATE sessions SET rotated_at = used_up_at[1]');
    await queryRunner.query('ALTER TABLE sessions DROP COLUMN used_up_at');
    await queryRunner.query(`
      ALTER TABLE users
        DROP CONSTRAINT users_roles_check,
        ADD CONSTRAINT users_roles_check
          CHECK (cardinality(roles) > 0 AND roles <@ ARRAY['OWNER', 'ADMIN', 'EDITOR', 'READER'])`);
  }
}
