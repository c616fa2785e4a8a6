import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The numbers of subscribers with each tag. */
export class CountTags1786700000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    // Rows are short-lived, so the vacuum should depend on their number and not on their share of the table.
    await queryRunner.query(`
      CREATE TABLE tag_changes (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT tag_changes_pkey PRIMARY KEY,
        tag text COLLATE "C" NOT NULL,
        delta integer NOT NULL
      ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000)`);
    await queryRunner.query(`
      CREATE TABLE tag_counts (
        tag text COLLATE "C" CONSTRAINT tag_counts_pkey PRIMARY KEY,
        subscribers bigint NOT NULL
      )`);
    await queryRunner.query(`
      INSERT INTO tag_counts
      SELECT tag, count(*) FROM subscribers, unnest(tags) AS tag WHERE tags <> '{}' GROUP BY tag`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE tag_counts');
    await queryRunner.query('DROP TABLE tag_changes');
  }
}
