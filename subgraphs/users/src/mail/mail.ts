import type { SendMailOptions } from 'nodemailer';
import type { Settings } from '../core.module.js';
import type { Letter } from './letter.js';

/** A letter on its way. */
export interface Mail {
  /** The job's id, which makes the Message-ID: should a mail be sent twice, mail programs show it once. */
  readonly id: string;
  /** One address; whatever is in it, it stays one. */
  readonly to: string;
  readonly letter: Letter;
}

/** Where mails go. */
export interface MailTransport {
  /**
   * Resolves when somebody else has taken the responsibility for it.
   * @param signal when it is to be given up
   */
  send(mail: Mail, signal: AbortSignal): Promise<void>;
}

/** A mail as nodemailer takes it. */
export function messageOf(
  { id, to, letter }: Mail,
  { MAIL_FROM, APP_URL }: Pick<Settings, 'MAIL_FROM' | 'APP_URL'>,
): SendMailOptions {
  return {
    messageId: `<${id}@${new URL(APP_URL).hostname}>`,
    from: MAIL_FROM,
    // An object is not parsed, so a comma or a bracket in an address makes no second one.
    to: { name: '', address: to },
    subject: letter.subject,
    text: letter.text,
    // RFC 3834, section 5: nobody's out-of-office replies to it.
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
