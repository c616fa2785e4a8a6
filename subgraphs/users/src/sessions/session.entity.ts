import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from 'typeorm';
import { UserEntity } from '../accounts/user.entity.js';

/** A row of `sessions`: one login, kept alive by its refresh token. */
@Entity('sessions')
@Unique('sessions_refresh_token_hash_key', ['refreshTokenHash'])
@Check('sessions_refresh_token_hash_check', 'octet_length(refresh_token_hash) = 32')
@Check('sessions_expires_at_check', 'expires_at > created_at')
export class SessionEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'sessions_pkey' })
  id: string;

  @Index('sessions_user_id_idx')
  @Column('uuid', { name: 'user_id' })
  userId: string;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'sessions_user_id_fkey' })
  user?: UserEntity;

  /** Of the one refresh token that works now. */
  @Column('bytea', { name: 'refresh_token_hash' })
  refreshTokenHash: Buffer;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  /** When it last gave tokens. */
  @Column('timestamptz', { name: 'last_used_at' })
  lastUsedAt: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;

  /** When somebody logged out; null while nobody has. */
  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt: Date | null;
}
