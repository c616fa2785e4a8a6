import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { SubscriberStatus } from '../subscriber-status.js';

/**
 * The number of subscribers with a status, as far as changes are counted. It is negative while a change is counted before
 * the addition of the same subscriber, since events of imports get their numbers after live ones.
 */
@Entity('subscriber_totals')
export class SubscriberTotalEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'subscriber_totals_pkey' })
  status: SubscriberStatus;

  @Column('bigint')
  n: string;
}
