import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { EventDetail } from '../logged-event.js';

/**
 * An event without a number yet, committed with the change that it describes. Postgres assigns ids before the commit, so
 * rows do not become visible in the order of their ids.
 */
@Entity('outbox')
export class OutboxEntity {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'outbox_pkey',
  })
  id: string;

  @Column('text')
  type: string;

  @Column('uuid', { name: 'subject_id' })
  subjectId: string;

  @Column({ type: 'timestamptz', name: 'occurred_at', precision: 3 })
  occurredAt: Date;

  @Column('jsonb', { nullable: true })
  detail: EventDetail | null;
}
