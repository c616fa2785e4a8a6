import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A row of `audit_log`: who did what to whom, when and from where. It holds no secret, token or address of mail. */
@Entity('audit_log')
@Index('audit_log_subject_id_idx', ['subjectId', 'at'])
export class AuditEntryEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'audit_log_pkey' })
  id: string;

  @Index('audit_log_at_idx')
  @Column('timestamptz', { default: () => 'now()' })
  at: Date;

  @Column('text')
  action: string;

  /** The user who did it; null when nobody was logged in, and for what operators do. */
  @Column('uuid', { name: 'actor_id', nullable: true })
  actorId: string | null;

  /** The session that it was done with. */
  @Column('uuid', { name: 'session_id', nullable: true })
  sessionId: string | null;

  /** The user whom it concerns. */
  @Column('uuid', { name: 'subject_id', nullable: true })
  subjectId: string | null;

  @Column('text', { nullable: true })
  ip: string | null;

  @Column('text', { name: 'user_agent', nullable: true })
  userAgent: string | null;

  @Column('text', { name: 'request_id', nullable: true })
  requestId: string | null;

  @Column('jsonb', { default: {} })
  detail: object;
}
