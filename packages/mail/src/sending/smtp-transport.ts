import { createTransport } from 'nodemailer';
import { messageOf, type Mail, type MailTransport, type Sender } from './mail.js';

/** The timeout for connecting and for the greeting. */
const GREETING_MS = 15_000;

/** The timeout for a response: servers may take ten minutes to accept a mail (RFC 5321, section 4.5.3.2.6). */
const ANSWER_MS = 10 * 60_000;

/** Sends mails by SMTP. */
export class SmtpTransport implements MailTransport {
  private readonly transporter;

  constructor(
    url: string,
    private readonly sender: Sender,
  ) {
    this.transporter = createTransport({
      url,
      connectionTimeout: GREETING_MS,
      greetingTimeout: GREETING_MS,
      socketTimeout: ANSWER_MS,
    });
  }

  async send(mail: Mail, signal: AbortSignal): Promise<void> {
    await this.transporter.sendMail({ ...messageOf(mail, this.sender), signal });
  }
}
