import type { MigrationInterface, QueryRunner } from 'typeorm';
import { FIGURES_CONSUMER } from '../../subscribers/stats/figures.js';
import { rebuildFigures } from '../../subscribers/stats/rebuild-figures.js';

/** The figures by quarter of an hour, the numbers of subscribers by status, and the position of their consumer. */
export class CountSubscribers1786800000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE subscriber_figures (
        quarter timestamptz CONSTRAINT subscriber_figures_pkey PRIMARY KEY,
        added integer NOT NULL,
        confirmed integer NOT NULL,
        unsubscribed integer NOT NULL,
        bounced integer NOT NULL,
        complained integer NOT NULL,
        erased integer NOT NULL
      )`);
    await queryRunner.query(`
      CREATE TABLE subscriber_totals (
        status text CONSTRAINT subscriber_totals_pkey PRIMARY KEY,
        n bigint NOT NULL
      )`);
    await rebuildFigures(queryRunner);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DELETE FROM event_log_consumers WHERE name = $1', [FIGURES_CONSUMER]);
    await queryRunner.query('DROP TABLE subscriber_totals');
    await queryRunner.query('DROP TABLE subscriber_figures');
  }
}
