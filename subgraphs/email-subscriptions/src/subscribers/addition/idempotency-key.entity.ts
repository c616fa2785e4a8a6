import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import type { Trimming } from '../../database/trimmer.js';
import { SubscriberEntity } from '../subscriber.entity.js';

/** Keys that are too old for a retry. */
export const OLD_IDEMPOTENCY_KEYS: Trimming = {
  table: 'idempotency_keys',
  where: `created_at < now() - interval '30 days'`,
};

/** The result of an addition with an idempotency key, which a retry gets again. */
@Entity('idempotency_keys')
@Check('idempotency_keys_key_check', 'char_length(key) BETWEEN 1 AND 255')
export class IdempotencyKeyEntity {
  @PrimaryColumn('uuid', { name: 'viewer_id', primaryKeyConstraintName: 'idempotency_keys_pkey' })
  viewerId: string;

  @PrimaryColumn('text', { collation: 'C', primaryKeyConstraintName: 'idempotency_keys_pkey' })
  key: string;

  /** SHA-256 of the input, in hex. It detects another input with the same key without storing the address again. */
  @Column('text', { name: 'input_hash' })
  inputHash: string;

  @Index('idempotency_keys_subscriber_id_idx')
  @Column('uuid', { name: 'subscriber_id' })
  subscriberId: string;

  @ManyToOne(() => SubscriberEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'subscriber_id', foreignKeyConstraintName: 'idempotency_keys_subscriber_id_fkey' })
  subscriber: SubscriberEntity;

  @Column('boolean')
  created: boolean;

  @Index('idempotency_keys_created_at_idx')
  @Column({ type: 'timestamptz', name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}
