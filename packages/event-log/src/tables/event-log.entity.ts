import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { EventDetail } from '../logged-event.js';

/** A numbered event: its kind (`type`), the id of its subject, and its time. It has no personal data. */
@Entity('event_log')
export class EventLogEntity {
  /** Without gaps, in the order in which the rows became visible to readers. */
  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'event_log_pkey' })
  seq: string;

  @Column('text')
  type: string;

  @Column('uuid', { name: 'subject_id' })
  subjectId: string;

  @Column({ type: 'timestamptz', name: 'occurred_at', precision: 3 })
  occurredAt: Date;

  @Column('jsonb', { nullable: true })
  detail: EventDetail | null;
}
