import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import type { SubscriberSource } from '../subscriber.entity.js';
import type { SubscriberChange } from './transitions.js';

/**
 * A change of a subscriber after the addition. The addition itself is in the row of the subscriber. Rows outlive an
 * erasure, which removes their reasons.
 */
@Entity('subscriber_history')
@Check(
  'subscriber_history_kind_check',
  `kind IN ('CONFIRMED', 'UPDATED', 'UNSUBSCRIBED', 'BOUNCED', 'COMPLAINED', 'ERASED')`,
)
@Check('subscriber_history_source_check', `source IN ('USER', 'FORM', 'IMPORT')`)
export class SubscriberHistoryEntity {
  @PrimaryColumn('uuid', { name: 'subscriber_id', primaryKeyConstraintName: 'subscriber_history_pkey' })
  subscriberId: string;

  /** The revision that the change made: 2 and more. */
  @PrimaryColumn('integer', { primaryKeyConstraintName: 'subscriber_history_pkey' })
  revision: number;

  @Column({ type: 'timestamptz', precision: 3 })
  at: Date;

  @Column('text')
  kind: SubscriberChange;

  /** The id of a user of the users subgraph; null when it was the subscriber or a program. */
  @Column('uuid', { name: 'by_user', nullable: true })
  byUserId: string | null;

  @Column('text')
  source: SubscriberSource;

  /** The names of the fields that changed, as in GraphQL. */
  @Column('text', { array: true, default: '{}' })
  changed: string[];

  @Column('text', { nullable: true })
  reason: string | null;
}
