import { createEventLog, dropEventLog } from '@kit/event-log';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateEventLog1786300000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await createEventLog(queryRunner);
    // A trigger, because replicas of the earlier version may still run, and operators revoke sessions with an UPDATE.
    await queryRunner.query(`
      CREATE FUNCTION record_ended_session() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO outbox (type, subject_id, occurred_at) VALUES ('session.ended', NEW.id, NEW.ended_at);
        RETURN NULL;
      END $$`);
    await queryRunner.query(`
      CREATE TRIGGER sessions_ended AFTER UPDATE OF ended_at ON sessions FOR EACH ROW
      WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION record_ended_session()`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TRIGGER sessions_ended ON sessions');
    await queryRunner.query('DROP FUNCTION record_ended_session');
    await dropEventLog(queryRunner);
  }
}
