import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What somebody did with an address; which mail that makes depends on the account, if there is one. */
export type MailRequest = 'REGISTRATION' | 'PASSWORD_RESET';

/** Taken by the mail server or written to the folder; for an address without an account; refused; given up after a day. */
export type MailOutcome = 'SENT' | 'NOBODY' | 'REFUSED' | 'GIVEN_UP';

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
  kind: MailRequest;

  /**
   * Whose account it concerns. The mail goes to that account's own address and never to one that was typed for this:
   * two addresses that a mail server tells apart can have one normalised form.
   */
  @Column('text', { name: 'email_normalized' })
  emailNormalized: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('integer', { default: 0 })
  attempts: number;

  /** While somebody is at it, this is when their claim ends. */
  @Column('timestamptz', { name: 'next_attempt_at' })
  nextAttemptAt: Date;

  @Column('timestamptz', { name: 'done_at', nullable: true })
  doneAt: Date | null;

  @Column('text', { nullable: true })
  outcome: MailOutcome | null;
}
