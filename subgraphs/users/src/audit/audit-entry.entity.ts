import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A row of `audit_log`: an action, its actor and subject, when and from where. It contains no secret, token or e-mail address. */
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

  /** The user who did it. Null for an anonymous client and for operators. */
  @Column('uuid', { name: 'actor_id', nullable: true })
  actorId: string | null;

  /** The session of the actor. */
  @Column('uuid', { name: 'session_id', nullable: true })
  sessionId: string | null;

  /** The user whom the action concerns. */
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
