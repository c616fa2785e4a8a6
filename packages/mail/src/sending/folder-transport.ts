import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createTransport } from 'nodemailer';
import type { Logger } from 'pino';
import { messageOf, type Mail, type MailTransport, type Sender } from './mail.js';

/** Writes mails to a folder and logs their links, for development without a mail server. */
export class FolderTransport implements MailTransport {
  private readonly transporter = createTransport({ streamTransport: true, buffer: true });

  constructor(
    private readonly folder: string,
    private readonly sender: Sender,
    private readonly logger: Logger,
  ) {}

  /** The file appears complete. A mail that is sent again replaces its file. */
  async send(mail: Mail): Promise<void> {
    const { message } = await this.transporter.sendMail(messageOf(mail, this.sender));
    const file = path.resolve(this.folder, `${mail.id}.eml`);
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await writeFile(`${file}.tmp`, message, { mode: 0o600, flush: true });
    await rename(`${file}.tmp`, file);
    const { subject, link } = mail;
    this.logger.info({ file, subject, ...(link && { link }) }, 'a mail is in the folder');
  }
}
