import { Check, Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import type { SubscriberStatus } from './subscriber-status.js';

/** A row of the list. Who reads it for a client goes through the GraphQL type `Subscriber`, which shows less. */
@Entity('subscribers')
@Unique('subscribers_email_normalized_key', ['emailNormalized'])
@Index('subscribers_added_at_id_idx', ['addedAt', 'id'])
@Index('subscribers_added_by_added_at_id_idx', ['addedById', 'addedAt', 'id'])
// TypeORM cannot say "gin (… gin_trgm_ops)": the migration makes this one, and generated ones leave it alone.
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

  /** As typed, less the white space around it. */
  @Column('text')
  email: string;

  /** What makes an address unique; see `normalizeEmail`. `unclaimed:` and the id if the address is not valid. */
  @Column({ type: 'text', name: 'email_normalized', collation: 'C' })
  emailNormalized: string;

  @Column('text', { nullable: true })
  name: string | null;

  /** What a text query looks through; see `searchText`. */
  @Column({ type: 'text', name: 'search_text', collation: 'C' })
  searchText: string;

  @Column('text')
  status: SubscriberStatus;

  /** A user of the users subgraph. */
  @Column('uuid', { name: 'added_by', nullable: true })
  addedById: string | null;

  /** In whole milliseconds, as `Date` has them: a finer column would lose or repeat rows at page borders. */
  @Column({ type: 'timestamptz', name: 'added_at', precision: 3 })
  addedAt: Date;
}
