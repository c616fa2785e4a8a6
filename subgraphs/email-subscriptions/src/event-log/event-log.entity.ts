import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A numbered event: what happened, to whom and when, by ids alone. Nothing personal is ever kept here. */
@Entity('event_log')
export class EventLogEntity {
  /** Without gaps, in the order in which readers first saw the rows. */
  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'event_log_pkey' })
  seq: string;

  @Column('text')
  type: string;

  @Column('uuid', { name: 'subject_id' })
  subjectId: string;

  @Column({ type: 'timestamptz', name: 'occurred_at', precision: 3 })
  occurredAt: Date;
}
