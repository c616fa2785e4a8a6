import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** The log's one row of state: it outlives the events that were trimmed. */
@Entity('event_log_state')
@Check('event_log_state_only_row_check', 'only_row')
export class EventLogStateEntity {
  @PrimaryColumn('boolean', {
    name: 'only_row',
    default: true,
    primaryKeyConstraintName: 'event_log_state_pkey',
  })
  onlyRow: boolean;

  /** Names this run of numbers; another one begins when numbers may repeat, as after a backup was restored. */
  @Column('text')
  epoch: string;

  /** Number of the newest event; 0 before the first. */
  @Column('bigint', { name: 'last_seq', default: 0 })
  lastSeq: string;

  /** Number of the newest event that is no longer kept; 0 while all of them are. */
  @Column('bigint', { name: 'trimmed_seq', default: 0 })
  trimmedSeq: string;
}
