import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../accounts/user.entity.js';

/** A row of `sessions`: a login and its refresh token family. */
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

  /** The number of the current refresh token in its family, from 0. Each refresh increments it. */
  @Column('integer', { default: 0 })
  generation: number;

  /** 32 random bytes that the refresh tokens of this family are made with. */
  @Column('bytea')
  seed: Buffer;

  /** The times at which recent refresh tokens were used, by the clock of the database, latest first. */
  @Column('timestamptz', { name: 'used_up_at', array: true, default: '{}' })
  usedUpAt: Date[];

  /** The user agent of the client that last received tokens. */
  @Column('text', { name: 'user_agent', nullable: true })
  userAgent: string | null;

  /** The IP address of the client that last received tokens. */
  @Column('text', { nullable: true })
  ip: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  /** The time at which the session last issued tokens. */
  @Column('timestamptz', { name: 'last_used_at' })
  lastUsedAt: Date;

  @Index('sessions_expires_at_idx')
  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;

  /** The time of the revocation, by the clock of the database, which gateways poll by. Null if not revoked. */
  @Index('sessions_ended_at_idx', { where: 'ended_at IS NOT NULL' })
  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt: Date | null;
}
