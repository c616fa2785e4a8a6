import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * A row of `mail_jobs`: a mail to be sent, written in the transaction that asks for it. It is written for addresses
 * without an account, too, so that asking takes as long for one as for the other. It holds no token: that is made when
 * the mail is.
 */
@Entity('mail_jobs')
@Index('mail_jobs_next_attempt_at_idx', ['nextAttemptAt'], { where: 'done_at IS NULL' })
@Index('mail_jobs_done_at_idx', ['doneAt'], { where: 'done_at IS NOT NULL' })
export class MailJobEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'mail_jobs_pkey' })
  id: string;

  @Column('text')
  kind: string;

  /** As typed. */
  @Column('text')
  email: string;

  @Column('text', { name: 'email_normalized' })
  emailNormalized: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('integer', { default: 0 })
  attempts: number;

  @Column('timestamptz', { name: 'next_attempt_at' })
  nextAttemptAt: Date;

  /** When it was sent, or was found to have nobody to be sent to. */
  @Column('timestamptz', { name: 'done_at', nullable: true })
  doneAt: Date | null;

  @Column('text', { nullable: true })
  outcome: string | null;
}
