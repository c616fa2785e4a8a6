import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Accepted by the mail server or written to the folder; nobody to send it to; rejected; given up after a day. */
export type MailOutcome = 'SENT' | 'NOBODY' | 'REFUSED' | 'GIVEN_UP';

/**
 * A row of `mail_jobs`: a mail to send, queued in the transaction that requests it. It contains no text: the letter is
 * composed when it is sent.
 */
@Entity('mail_jobs')
@Index('mail_jobs_next_attempt_at_idx', ['nextAttemptAt'], { where: 'done_at IS NULL' })
@Index('mail_jobs_email_normalized_idx', ['emailNormalized'])
@Index('mail_jobs_done_at_idx', ['doneAt'], { where: 'done_at IS NOT NULL' })
export class MailJobEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'mail_jobs_pkey' })
  id: string;

  /** Why the mail is sent. */
  @Column('text')
  kind: string;

  /**
   * Identifies the recipient. Do not send to it: two addresses that a mail server distinguishes can have the
   * same normal form.
   */
  @Column('text', { name: 'email_normalized' })
  emailNormalized: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('integer', { default: 0 })
  attempts: number;

  /** While a worker sends the mail, the end of its lease. */
  @Column('timestamptz', { name: 'next_attempt_at' })
  nextAttemptAt: Date;

  @Column('timestamptz', { name: 'done_at', nullable: true })
  doneAt: Date | null;

  @Column('text', { nullable: true })
  outcome: MailOutcome | null;
}
