import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An erased address, which only its owner can bring back. */
@Entity('suppressions')
export class SuppressionEntity {
  /** A keyed hash of the normal form; see `SubscriberKeys.addressHash`. */
  @PrimaryColumn('bytea', { primaryKeyConstraintName: 'suppressions_pkey' })
  hash: Buffer;

  @Column({ type: 'timestamptz', name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}
