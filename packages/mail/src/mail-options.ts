import type { EntityManager } from 'typeorm';
import type { Letter } from './sending/mail.js';

/** Injects the `MailOptions`. */
export const MAIL_OPTIONS = Symbol('mail options');

/**
 * Composes the letter of a job, in the transaction that claims the job and shortly before the mail is sent. What it
 * writes, such as the hash of a token in the letter, is committed before the mail can arrive. It is called again for
 * each attempt. If it throws, its writes are undone and the job is retried. The job is locked meanwhile; see
 * `MailJobs.forget` for the locks that it may take.
 * @returns null if there is nobody to write to
 */
export type ComposeLetter = (manager: EntityManager, emailNormalized: string) => Promise<Letter | null>;

/** The options of the mail module. Without mail server and folder, jobs wait. */
export interface MailOptions {
  /** `smtp://user:password@host:587` */
  readonly smtpUrl?: string | undefined;
  /** The folder to which mails are written if there is no mail server. */
  readonly folder?: string | undefined;
  /** `Name <address@example.com>` */
  readonly from: string;
  /** The part of a Message-ID after the `@`. Default: the domain of `from`. */
  readonly messageIdDomain?: string | undefined;
  /** Composes the letters, by the kinds of jobs. Jobs of other kinds are left to replicas that know them. */
  readonly letters: Readonly<Record<string, ComposeLetter>>;
  /** How long a shutdown waits for the mails in flight, in milliseconds. The next process retries the others. */
  readonly drainMs: number;
  /** How long jobs are kept after they are done. Default: 30. */
  readonly retentionDays?: number | undefined;
}
