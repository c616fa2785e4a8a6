import { Check, Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import type { Consent } from './consent.js';
import type { SubscriberFacts, SubscriberStatus } from './subscriber-status.js';

/** How a subscriber came to the list: by a user or program, by a sign-up form, or by an import. */
export const SUBSCRIBER_SOURCES = ['USER', 'FORM', 'IMPORT'] as const;
export type SubscriberSource = (typeof SUBSCRIBER_SOURCES)[number];

/** What else is known of a subscriber: a JSON object. */
export type Attributes = Readonly<Record<string, object | string | number | boolean | null>>;

/** A row of the list. Clients see it as the GraphQL type `Subscriber`, which has fewer fields. */
@Entity('subscribers')
@Unique('subscribers_email_normalized_key', ['emailNormalized'])
@Index('subscribers_added_at_id_idx', ['addedAt', 'id'])
@Index('subscribers_added_by_added_at_id_idx', ['addedById', 'addedAt', 'id'])
@Index('subscribers_status_added_at_id_idx', ['status', 'addedAt', 'id'])
@Index('subscribers_updated_at_id_idx', ['updatedAt', 'id'])
// TypeORM cannot express GIN indexes. Migrations create these, and generated migrations ignore them.
@Index('subscribers_search_text_idx', { synchronize: false })
@Index('subscribers_local_part_end_idx', { synchronize: false })
@Index('subscribers_attributes_idx', { synchronize: false })
@Check('subscribers_name_check', 'char_length(name) BETWEEN 1 AND 200')
@Check(
  'subscribers_status_check',
  `status = CASE
    WHEN erased_at IS NOT NULL THEN 'ERASED'
    WHEN complained_at IS NOT NULL THEN 'COMPLAINED'
    WHEN unsubscribed_at IS NOT NULL THEN 'UNSUBSCRIBED'
    WHEN bounced_at IS NOT NULL THEN 'BOUNCED'
    WHEN pending_since IS NOT NULL THEN 'PENDING'
    ELSE 'ACTIVE'
  END`,
)
@Check('subscribers_email_check', '(email IS NULL) = (erased_at IS NOT NULL)')
@Check('subscribers_source_check', `source IN ('USER', 'FORM', 'IMPORT')`)
export class SubscriberEntity implements SubscriberFacts {
  /** UUIDv7, made by the service. */
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'subscribers_pkey' })
  id: string;

  /** As entered, without surrounding white space. Null once erased. */
  @Column('text', { nullable: true })
  email: string | null;

  /**
   * The unique form of the address; see `normalizeEmail`. `unclaimed:` and the id if the address is not valid, `erased:`
   * and the id once erased.
   */
  @Column({ type: 'text', name: 'email_normalized', collation: 'C' })
  emailNormalized: string;

  @Column('text', { nullable: true })
  name: string | null;

  /** The text that text queries search; see `searchText`. Empty once erased. */
  @Column({ type: 'text', name: 'search_text', collation: 'C' })
  searchText: string;

  /** Follows from the facts; see `statusOf`. */
  @Column('text')
  status: SubscriberStatus;

  /** The id of a user of the users subgraph. */
  @Column('uuid', { name: 'added_by', nullable: true })
  addedById: string | null;

  /** With the precision of `Date`. A finer column would skip or repeat rows between pages. */
  @Column({ type: 'timestamptz', name: 'added_at', precision: 3 })
  addedAt: Date;

  @Column('text', { default: 'USER' })
  source: SubscriberSource;

  /** Sorted, without duplicates. */
  @Column('text', { array: true, default: '{}' })
  tags: string[];

  @Column('jsonb', { default: {} })
  attributes: Attributes;

  /** The evidence of consent; null when nothing was recorded. */
  @Column('jsonb', { nullable: true })
  consent: Consent | null;

  /** When the present address was confirmed. */
  @Column({ type: 'timestamptz', name: 'confirmed_at', precision: 3, nullable: true })
  confirmedAt: Date | null;

  @Column({ type: 'timestamptz', name: 'pending_since', precision: 3, nullable: true })
  pendingSince: Date | null;

  @Column({ type: 'timestamptz', name: 'bounced_at', precision: 3, nullable: true })
  bouncedAt: Date | null;

  /** Soft bounces in a row. */
  @Column('smallint', { name: 'soft_bounces', default: 0 })
  softBounces: number;

  @Column({ type: 'timestamptz', name: 'unsubscribed_at', precision: 3, nullable: true })
  unsubscribedAt: Date | null;

  @Column({ type: 'timestamptz', name: 'complained_at', precision: 3, nullable: true })
  complainedAt: Date | null;

  @Column({ type: 'timestamptz', name: 'erased_at', precision: 3, nullable: true })
  erasedAt: Date | null;

  @Column({ type: 'timestamptz', name: 'updated_at', precision: 3, default: () => 'now()' })
  updatedAt: Date;

  /** 1 when the subscriber was added; grows by 1 with every change. */
  @Column('integer', { default: 1 })
  revision: number;
}
