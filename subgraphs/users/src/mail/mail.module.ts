import { Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { LOGGER, SETTINGS, type Settings } from '../core.module.js';
import { FolderTransport } from './folder-transport.js';
import type { MailTransport } from './mail.js';
import { MailDrafts } from './mail-drafts.js';
import { MAIL_TRANSPORT, MailWorker } from './mail-worker.js';
import { SendLimiter } from './send-limiter.js';
import { SmtpTransport } from './smtp-transport.js';

const LINKS_LEAD_NOWHERE =
  'links in mails lead to this machine alone, where nobody who gets one can open it: set APP_URL, and MAIL_FROM';

function isForThisMachineAlone(origin: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(origin).hostname);
}

/** From a request for a mail, in the transaction of what it is about, to the mail server. */
@Module({
  providers: [
    MailDrafts,
    MailWorker,
    { provide: SendLimiter, useFactory: () => new SendLimiter() },
    {
      provide: MAIL_TRANSPORT,
      inject: [SETTINGS, LOGGER],
      useFactory: (settings: Settings, logger: Logger): MailTransport | null => {
        if (settings.SMTP_URL) {
          if (isForThisMachineAlone(settings.APP_URL)) logger.warn(LINKS_LEAD_NOWHERE);
          return new SmtpTransport(settings.SMTP_URL, settings);
        }
        if (settings.MAIL_FOLDER) return new FolderTransport(settings.MAIL_FOLDER, settings, logger);
        return null;
      },
    },
  ],
  exports: [MailWorker],
})
export class MailModule {}
