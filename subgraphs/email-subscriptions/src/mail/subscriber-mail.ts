import { MailModule, type ComposeLetter } from '@kit/mail';
import type { DynamicModule } from '@nestjs/common';
import type { Config } from '../config.js';

/** The letters to subscribers, by the kinds of jobs. There are none yet. */
const LETTERS: Readonly<Record<string, ComposeLetter>> = {};

/** The queue of mails to subscribers, and what sends them. */
export function subscriberMail(config: Config, letters = LETTERS): DynamicModule {
  return MailModule.with({
    useFactory: () => ({
      smtpUrl: config.SMTP_URL,
      folder: config.MAIL_FOLDER,
      from: config.MAIL_FROM,
      letters,
      drainMs: config.DRAIN_TIMEOUT_MS / 2,
    }),
  });
}
