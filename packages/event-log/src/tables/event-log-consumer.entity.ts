import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The position of a durable consumer. */
@Entity('event_log_consumers')
export class EventLogConsumerEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'event_log_consumers_pkey' })
  name: string;

  /** The number of the last event that it has processed. */
  @Column('bigint')
  seq: string;

  /** The time of the last advance. */
  @Column({ type: 'timestamptz', name: 'updated_at', default: () => 'now()' })
  updatedAt: Date;
}
