import { createTransport } from 'nodemailer';
import type { Settings } from '../core.module.js';
import { messageOf, type Mail, type MailTransport } from './mail.js';

/** How long a mail server may say nothing, in milliseconds. */
const SILENCE_MS = 15_000;

/** Hands mails to a mail server. */
export class SmtpTransport implements MailTransport {
  readonly #transporter;

  constructor(
    url: string,
    private readonly settings: Pick<Settings, 'MAIL_FROM' | 'APP_URL'>,
  ) {
    this.#transporter = createTransport({
      url,
      connectionTimeout: SILENCE_MS,
      greetingTimeout: SILENCE_MS,
      socketTimeout: SILENCE_MS,
    });
  }

  async send(mail: Mail, signal: AbortSignal): Promise<void> {
    await this.#transporter.sendMail({ ...messageOf(mail, this.settings), signal });
  }
}
