import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../accounts/user.entity.js';

/** A row of `email_tokens`: the single-use token of a link in a mail. */
@Entity('email_tokens')
@Check('email_tokens_hash_check', 'octet_length(hash) = 32')
@Check('email_tokens_purpose_check', `purpose IN ('VERIFY_EMAIL', 'RESET_PASSWORD')`)
export class EmailTokenEntity {
  /** SHA-256 of the token. */
  @PrimaryColumn('bytea', { primaryKeyConstraintName: 'email_tokens_pkey' })
  hash: Buffer;

  @Index('email_tokens_user_id_idx')
  @Column('uuid', { name: 'user_id' })
  userId: string;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'email_tokens_user_id_fkey' })
  user?: UserEntity;

  @Column('text')
  purpose: 'VERIFY_EMAIL' | 'RESET_PASSWORD';

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Index('email_tokens_expires_at_idx')
  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;

  /** When it was used. */
  @Column('timestamptz', { name: 'used_at', nullable: true })
  usedAt: Date | null;
}
