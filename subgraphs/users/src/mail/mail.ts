import type { SendMailOptions } from 'nodemailer';
import type { Config } from '../config.js';
import type { Letter } from './letter.js';

/** A letter to one recipient. */
export interface Mail {
  /** The job's id. It makes the Message-ID, so mail programs show a mail that was sent twice only once. */
  readonly id: string;
  /** Exactly one address, whatever characters it contains. */
  readonly to: string;
  readonly letter: Letter;
}

/** Sends mails. */
export interface MailTransport {
  /**
   * Resolves when the mail was accepted for delivery.
   * @param signal aborts the attempt
   */
  send(mail: Mail, signal: AbortSignal): Promise<void>;
}

/** The message for nodemailer. */
export function messageOf(
  { id, to, letter }: Mail,
  { MAIL_FROM, APP_URL }: Pick<Config, 'MAIL_FROM' | 'APP_URL'>,
): SendMailOptions {
  return {
    messageId: `<${id}@${new URL(APP_URL).hostname}>`,
    from: MAIL_FROM,
    // An object is not parsed, so a comma or bracket cannot add a second address.
    to: { name: '', address: to },
    subject: letter.subject,
    text: letter.text,
    // Stops out-of-office replies (RFC 3834, section 5).
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
