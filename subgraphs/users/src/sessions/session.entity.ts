import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../accounts/user.entity.js';

/** A row of `sessions`: one login, and the family of refresh tokens that keeps it alive. */
@Entity('sessions')
@Index('sessions_user_id_idx', ['userId', 'id'])
@Check('sessions_seed_check', 'octet_length(seed) = 32')
@Check('sessions_expires_at_check', 'expires_at > created_at')
export class SessionEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'sessions_pkey' })
  id: string;

  @Column('uuid', { name: 'user_id' })
  userId: string;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'sessions_user_id_fkey' })
  user?: UserEntity;

  /** Which refresh token of the family works now: the first one is 0, and each refresh counts one on. */
  @Column('integer', { default: 0 })
  generation: number;

  /** 32 random bytes, without which nobody can make a refresh token of this family. */
  @Column('bytea')
  seed: Buffer;

  /** When each of the recent generations was used up, by the clock of the database: the one before `generation` first. */
  @Column('timestamptz', { name: 'used_up_at', array: true, default: '{}' })
  usedUpAt: Date[];

  /** What the client called itself when it last got tokens. */
  @Column('text', { name: 'user_agent', nullable: true })
  userAgent: string | null;

  /** Where it was then. */
  @Column('text', { nullable: true })
  ip: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  /** When it last gave tokens. */
  @Column('timestamptz', { name: 'last_used_at' })
  lastUsedAt: Date;

  @Index('sessions_expires_at_idx')
  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;

  /** When somebody ended it, by the clock of the database, since gateways ask for those after a moment; null while nobody has. */
  @Index('sessions_ended_at_idx', { where: 'ended_at IS NOT NULL' })
  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt: Date | null;
}
