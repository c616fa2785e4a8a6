import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { SignUpEntity } from '../signup/sign-up.entity.js';
import { SubscriberEntity } from '../subscriber.entity.js';

/** A row of `confirmation_tokens`: the token of the link in a confirmation mail, for a subscriber or a kept sign-up. */
@Entity('confirmation_tokens')
@Check('confirmation_tokens_hash_check', 'octet_length(hash) = 32')
@Check('confirmation_tokens_subject_check', 'num_nonnulls(subscriber_id, sign_up_id) = 1')
export class ConfirmationTokenEntity {
  /** SHA-256 of the token. */
  @PrimaryColumn('bytea', { primaryKeyConstraintName: 'confirmation_tokens_pkey' })
  hash: Buffer;

  @Index('confirmation_tokens_subscriber_id_idx')
  @Column('uuid', { name: 'subscriber_id', nullable: true })
  subscriberId: string | null;

  @ManyToOne(() => SubscriberEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'subscriber_id', foreignKeyConstraintName: 'confirmation_tokens_subscriber_id_fkey' })
  subscriber?: SubscriberEntity;

  @Index('confirmation_tokens_sign_up_id_idx')
  @Column('uuid', { name: 'sign_up_id', nullable: true })
  signUpId: string | null;

  @ManyToOne(() => SignUpEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'sign_up_id', foreignKeyConstraintName: 'confirmation_tokens_sign_up_id_fkey' })
  signUp?: SignUpEntity;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Index('confirmation_tokens_expires_at_idx')
  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;

  @Column('timestamptz', { name: 'used_at', nullable: true })
  usedAt: Date | null;
}
