import { MailJobs } from '@kit/mail';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { SubscriberMail } from '../../mail/subscriber-mail.js';
import {
  BETWEEN_MAILS_MS,
  BETWEEN_MAILS_TO_ERASED_MS,
  ConfirmationLimits,
  type MailAllowance,
} from './confirmation-limits.js';

/** Requests mails with a link to confirm an address. */
@Injectable()
export class ConfirmationMails {
  constructor(
    private readonly limits: ConfirmationLimits,
    private readonly jobs: MailJobs<SubscriberMail>,
  ) {}

  /**
   * Queues a confirmation mail in the caller's transaction, within the limits. Call `wake` after the commit. The letter
   * is composed when it is sent: by then the subscriber has to be `PENDING`, or a sign-up has to be kept.
   * @param to the normal form of the address, and whether its subscriber was erased
   */
  async request(
    manager: EntityManager,
    { emailNormalized, erased = false }: { readonly emailNormalized: string; readonly erased?: boolean },
  ): Promise<MailAllowance> {
    const betweenMs = erased ? BETWEEN_MAILS_TO_ERASED_MS : BETWEEN_MAILS_MS;
    const allowance = await this.limits.take(manager, emailNormalized, betweenMs);
    if (allowance.allowed) await this.jobs.enqueue(manager, { kind: 'CONFIRMATION', emailNormalized });
    return allowance;
  }

  /** Sends the committed mails now. Otherwise they are sent within two seconds. */
  wake(): void {
    this.jobs.wake();
  }
}
