import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The request that causes a mail. Which mail it is depends on the account, if there is one. */
export type MailRequest = 'REGISTRATION' | 'PASSWORD_RESET';

/** Accepted by the mail server or written to the folder; the address has no account; rejected; given up after a day. */
export type MailOutcome = 'SENT' | 'NOBODY' | 'REFUSED' | 'GIVEN_UP';

/**
 * A row of `mail_jobs`: a mail to send, queued in the transaction that requests it. Addresses without an account get
 * a row, too, so that response times do not reveal accounts. The token is created with the mail, not stored here.
 */
@Entity('mail_jobs')
@Index('mail_jobs_next_attempt_at_idx', ['nextAttemptAt'], { where: 'done_at IS NULL' })
@Index('mail_jobs_done_at_idx', ['doneAt'], { where: 'done_at IS NOT NULL' })
export class MailJobEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'mail_jobs_pkey' })
  id: string;

  @Column('text')
  kind: MailRequest;

  /**
   * Identifies the account. The mail goes to the account's stored address, never to the requested one: two addresses
   * that a mail server distinguishes can have the same normalized form.
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
