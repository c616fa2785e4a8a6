import { MailModule } from '@kit/mail';
import { CONFIG, LOGGER } from '@kit/service';
import { Module } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { accountLetters } from './account-letters.js';

const LINKS_ARE_LOCAL =
  'links in mails lead to this machine alone, so recipients cannot open them: set APP_URL, and MAIL_FROM';

/** Mails about accounts. */
@Module({
  imports: [
    MailModule.with({
      inject: [CONFIG, LOGGER],
      useFactory: (config: Config, logger: Logger) => {
        if (config.SMTP_URL && isThisMachine(config.APP_URL)) logger.warn(LINKS_ARE_LOCAL);
        return {
          smtpUrl: config.SMTP_URL,
          folder: config.MAIL_FOLDER,
          from: config.MAIL_FROM,
          messageIdDomain: new URL(config.APP_URL).hostname,
          letters: accountLetters(config.APP_URL),
          drainMs: config.DRAIN_TIMEOUT_MS / 2,
        };
      },
    }),
  ],
  exports: [MailModule],
})
export class AccountMailModule {}

function isThisMachine(origin: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(origin).hostname);
}
