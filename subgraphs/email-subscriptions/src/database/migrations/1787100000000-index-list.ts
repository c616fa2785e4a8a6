import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What keeps pages of a large list fast: by status, by the last change, by attributes, and by tag. A GIN index on the tags
 * has no order, so a page of a common tag would read all its subscribers, or all subscribers that are newer.
 */
export class IndexList1787100000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'CREATE INDEX subscribers_status_added_at_id_idx ON subscribers (status, added_at, id)',
    );
    await queryRunner.query('CREATE INDEX subscribers_updated_at_id_idx ON subscribers (updated_at, id)');
    await queryRunner.query(
      'CREATE INDEX subscribers_attributes_idx ON subscribers USING gin (attributes jsonb_path_ops)',
    );
    await queryRunner.query(`
      CREATE TABLE subscriber_tags (
        tag text COLLATE "C",
        added_at timestamptz(3),
        id uuid,
        CONSTRAINT subscriber_tags_pkey PRIMARY KEY (tag, added_at, id)
      )`);
    // Triggers, so that no writer can forget a tag, a bulk job neither. Rows without tags do not run them.
    await queryRunner.query(`
      CREATE FUNCTION index_subscriber_tags() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP <> 'INSERT' THEN
          DELETE FROM subscriber_tags AS t USING unnest(OLD.tags) AS gone (tag)
          WHERE t.tag = gone.tag AND t.added_at = OLD.added_at AND t.id = OLD.id
            AND (TG_OP = 'DELETE' OR gone.tag <> ALL (NEW.tags));
        END IF;
        IF TG_OP <> 'DELETE' THEN
          INSERT INTO subscriber_tags
          SELECT tag, NEW.added_at, NEW.id FROM unnest(NEW.tags) AS new (tag)
          WHERE TG_OP = 'INSERT' OR tag <> ALL (OLD.tags);
        END IF;
        RETURN NULL;
      END $$`);
    await queryRunner.query(`
      CREATE TRIGGER index_tags_of_new AFTER INSERT ON subscribers FOR EACH ROW
      WHEN (NEW.tags <> '{}') EXECUTE FUNCTION index_subscriber_tags()`);
    await queryRunner.query(`
      CREATE TRIGGER index_tags_of_changed AFTER UPDATE OF tags ON subscribers FOR EACH ROW
      WHEN (NEW.tags <> OLD.tags) EXECUTE FUNCTION index_subscriber_tags()`);
    await queryRunner.query(`
      CREATE TRIGGER index_tags_of_deleted AFTER DELETE ON subscribers FOR EACH ROW
      WHEN (OLD.tags <> '{}') EXECUTE FUNCTION index_subscriber_tags()`);
    await queryRunner.query(
      'INSERT INTO subscriber_tags SELECT tag, added_at, id FROM subscribers, unnest(tags) AS tag',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const rows of ['new', 'changed', 'deleted']) {
      await queryRunner.query(`DROP TRIGGER index_tags_of_${rows} ON subscribers`);
    }
    await queryRunner.query('DROP FUNCTION index_subscriber_tags');
    await queryRunner.query('DROP TABLE subscriber_tags');
    for (const index of ['attributes', 'updated_at_id', 'status_added_at_id']) {
      await queryRunner.query(`DROP INDEX subscribers_${index}_idx`);
    }
  }
}
