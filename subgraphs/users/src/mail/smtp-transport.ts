import { createTransport } from 'nodemailer';
import type { Settings } from '../core.module.js';
import { messageOf, type Mail, type MailTransport } from './mail.js';

/** How long a mail server may take to be there, in milliseconds. */
const GREETING_MS = 15_000;

/** And to answer, once it is: the longest that it is to be given, for what it does before it takes a mail (RFC 5321, 4.5.3.2.6). */
const ANSWER_MS = 10 * 60_000;

/** Hands mails to a mail server. */
export class SmtpTransport implements MailTransport {
  private readonly transporter;

  constructor(
    url: string,
    private readonly settings: Pick<Settings, 'MAIL_FROM' | 'APP_URL'>,
  ) {
    this.transporter = createTransport({
      url,
      connectionTimeout: GREETING_MS,
      greetingTimeout: GREETING_MS,
      socketTimeout: ANSWER_MS,
    });
  }

  async send(mail: Mail, signal: AbortSignal): Promise<void> {
    await this.transporter.sendMail({ ...messageOf(mail, this.settings), signal });
  }
}
