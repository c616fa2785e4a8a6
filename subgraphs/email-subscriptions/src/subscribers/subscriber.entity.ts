import { Check, Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import type { SubscriberStatus } from './subscriber-status.js';

/** A row of the list. Clients see it as the GraphQL type `Subscriber`, which has fewer fields. */
@Entity('subscribers')
@Unique('subscribers_email_normalized_key', ['emailNormalized'])
@Index('subscribers_added_at_id_idx', ['addedAt', 'id'])
@Index('subscribers_added_by_added_at_id_idx', ['addedById', 'addedAt', 'id'])
// TypeORM cannot express `gin (… gin_trgm_ops)`. A migration creates this index, and generated migrations ignore it.
@Index('subscribers_search_text_idx', { synchronize: false })
@Check('subscribers_name_check', 'char_length(name) BETWEEN 1 AND 200')
@Check(
  'subscribers_status_check',
  `status IN ('PENDING', 'ACTIVE', 'UNSUBSCRIBED', 'BOUNCED', 'COMPLAINED', 'ERASED')`,
)
export class SubscriberEntity {
  /** UUIDv7, made by the service. */
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'subscribers_pkey' })
  id: string;

  /** As entered, without surrounding white space. */
  @Column('text')
  email: string;

  /** The unique form of the address; see `normalizeEmail`. `unclaimed:` and the id if the address is not valid. */
  @Column({ type: 'text', name: 'email_normalized', collation: 'C' })
  emailNormalized: string;

  @Column('text', { nullable: true })
  name: string | null;

  /** The text that text queries search; see `searchText`. */
  @Column({ type: 'text', name: 'search_text', collation: 'C' })
  searchText: string;

  @Column('text')
  status: SubscriberStatus;

  /** The id of a user of the users subgraph. */
  @Column('uuid', { name: 'added_by', nullable: true })
  addedById: string | null;

  /** With the precision of `Date`. A finer column would skip or repeat rows between pages. */
  @Column({ type: 'timestamptz', name: 'added_at', precision: 3 })
  addedAt: Date;
}
