import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** The state of the log, in a single row. */
@Entity('event_log_state')
@Check('event_log_state_only_row_check', 'only_row')
export class EventLogStateEntity {
  @PrimaryColumn('boolean', {
    name: 'only_row',
    default: true,
    primaryKeyConstraintName: 'event_log_state_pkey',
  })
  onlyRow: boolean;

  /** Identifies this sequence of numbers. A new epoch begins when numbers could repeat, such as after a restored backup. */
  @Column('text')
  epoch: string;

  /** The number of the newest event; 0 before the first one. */
  @Column('bigint', { name: 'last_seq', default: 0 })
  lastSeq: string;

  /** The number of the newest deleted event; 0 while all events are kept. */
  @Column('bigint', { name: 'trimmed_seq', default: 0 })
  trimmedSeq: string;
}
