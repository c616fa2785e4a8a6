import { CONFIG, LOGGER } from '@kit/service';
import { Module } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { FolderTransport } from './folder-transport.js';
import type { MailTransport } from './mail.js';
import { MailDrafts } from './mail-drafts.js';
import { RENEW_MS } from './job-lease.js';
import { LEASE_RENEWAL_MS, MAIL_TRANSPORT, MailWorker } from './mail-worker.js';
import { SendLimiter } from './send-limiter.js';
import { SmtpTransport } from './smtp-transport.js';

const LINKS_ARE_LOCAL =
  'links in mails lead to this machine alone, so recipients cannot open them: set APP_URL, and MAIL_FROM';

function isThisMachine(origin: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(origin).hostname);
}

/** Queues mail in the transaction that causes it, and sends it. */
@Module({
  providers: [
    MailDrafts,
    MailWorker,
    { provide: LEASE_RENEWAL_MS, useValue: RENEW_MS },
    { provide: SendLimiter, useFactory: () => new SendLimiter() },
    {
      provide: MAIL_TRANSPORT,
      inject: [CONFIG, LOGGER],
      useFactory: (config: Config, logger: Logger): MailTransport | null => {
        if (config.SMTP_URL) {
          if (isThisMachine(config.APP_URL)) logger.warn(LINKS_ARE_LOCAL);
          return new SmtpTransport(config.SMTP_URL, config);
        }
        if (config.MAIL_FOLDER) return new FolderTransport(config.MAIL_FOLDER, config, logger);
        return null;
      },
    },
  ],
  exports: [MailWorker],
})
export class MailModule {}
