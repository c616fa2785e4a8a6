import { Check, Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { EventDetail } from '../logged-event.js';

/**
 * How many events one row should have at most: a row is numbered as a whole, and a live event that comes after it waits for
 * all of it at watchers. The table allows 500.
 */
export const BULK_ROW = 100;

/** Events of a bulk job without numbers yet, which share kind, time and detail. They are numbered after live events. */
@Entity('outbox_bulk')
@Check(
  'outbox_bulk_subject_ids_check',
  'cardinality(subject_ids) BETWEEN 1 AND 500 AND array_position(subject_ids, NULL) IS NULL',
)
export class BulkOutboxEntity {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'outbox_bulk_pkey',
  })
  id: string;

  @Column('text')
  type: string;

  /** The subjects of the events, in order. */
  @Column('uuid', { name: 'subject_ids', array: true })
  subjectIds: string[];

  @Column({ type: 'timestamptz', name: 'occurred_at', precision: 3 })
  occurredAt: Date;

  @Column('jsonb', { nullable: true })
  detail: EventDetail | null;
}
