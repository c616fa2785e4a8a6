import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Imports write while they read, without a stage of the whole file. One that an earlier version has begun starts again:
 * what it has added is on the list then, and counts as such.
 */
export class ImportWithoutStage1787300000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE subscriber_imports DROP COLUMN stage, DROP COLUMN last_line');
    await restart(queryRunner);
    await dropTables(queryRunner, 'import_stage_');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropTables(queryRunner, 'import_addresses_');
    await queryRunner.query(
      'ALTER TABLE subscriber_imports ADD COLUMN stage text, ADD COLUMN last_line integer',
    );
    await restart(queryRunner);
  }
}

async function restart(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(
    `DELETE FROM import_rejected_rows USING subscriber_imports AS i WHERE import_id = i.id AND i.status = 'RUNNING'`,
  );
  await queryRunner.query(
    `UPDATE subscriber_imports SET position = 0, bytes_read = 0, rows_read = 0, added = 0, updated = 0, unchanged = 0,
       suppressed = 0, rejected = 0, attempt = attempt + 1, leased_until = NULL
      WHERE status = 'RUNNING'`,
  );
}

async function dropTables(queryRunner: QueryRunner, prefix: string): Promise<void> {
  const tables = (await queryRunner.query(
    `SELECT quote_ident(relname) AS name FROM pg_class
      WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND starts_with(relname, $1)`,
    [prefix],
  )) as { name: string }[];
  for (const { name } of tables) await queryRunner.query(`DROP TABLE ${name}`);
}
