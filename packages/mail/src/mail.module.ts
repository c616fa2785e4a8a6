import { LOGGER } from '@kit/service';
import { Module, type DynamicModule, type FactoryProvider } from '@nestjs/common';
import type { Logger } from 'pino';
import { domainOfSender } from './mail-environment.js';
import { MAIL_OPTIONS, type MailOptions } from './mail-options.js';
import { RENEW_MS } from './queue/job-lease.js';
import { MailJobs } from './queue/mail-jobs.js';
import { MailRetention } from './queue/mail-retention.js';
import { FolderTransport } from './sending/folder-transport.js';
import type { MailTransport } from './sending/mail.js';
import { MailDrafts } from './sending/mail-drafts.js';
import { LEASE_RENEWAL_MS, MAIL_TRANSPORT, MailWorker } from './sending/mail-worker.js';
import { SendLimiter } from './sending/send-limiter.js';
import { SmtpTransport } from './sending/smtp-transport.js';

/**
 * Queues mail in the transaction that causes it, and sends it. It needs the table that `createMailJobs` makes, the
 * `DataSource` with `MailJobEntity`, and the `LOGGER`.
 */
@Module({})
export class MailModule {
  static with({
    inject = [],
    useFactory,
  }: Pick<FactoryProvider<MailOptions>, 'inject' | 'useFactory'>): DynamicModule {
    return {
      module: MailModule,
      providers: [
        { provide: MAIL_OPTIONS, inject, useFactory },
        { provide: MAIL_TRANSPORT, inject: [MAIL_OPTIONS, LOGGER], useFactory: transportOf },
        { provide: LEASE_RENEWAL_MS, useValue: RENEW_MS },
        { provide: SendLimiter, useFactory: () => new SendLimiter() },
        MailDrafts,
        MailJobs,
        MailRetention,
        MailWorker,
      ],
      exports: [MailJobs],
    };
  }

  constructor(
    private readonly worker: MailWorker,
    private readonly retention: MailRetention,
  ) {}

  /** Starts to send. Call it once, when the database is open. */
  start(): void {
    this.worker.start();
    this.retention.start();
  }
}

function transportOf(options: MailOptions, logger: Logger): MailTransport | null {
  const { smtpUrl, folder, from, messageIdDomain = domainOfSender(from) } = options;
  const sender = { from, messageIdDomain };
  if (smtpUrl) return new SmtpTransport(smtpUrl, sender);
  if (folder) return new FolderTransport(folder, sender, logger);
  return null;
}
