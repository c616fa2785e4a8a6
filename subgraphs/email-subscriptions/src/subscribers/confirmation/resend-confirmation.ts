import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { SubscriberChanges } from '../life/subscriber-changes.js';
import { invalidInput, notFound, rateLimited, type SubscriberError } from '../subscriber-error.js';
import { parseId } from '../subscriber-id.js';
import type { MailAllowance } from './confirmation-limits.js';
import { ConfirmationMails } from './confirmation-mails.js';

const MINUTE_MS = 60_000;

/** Mails the confirmation link of a pending subscriber once more, within the limits. */
@Injectable()
export class ResendConfirmation {
  constructor(
    private readonly dataSource: DataSource,
    private readonly changes: SubscriberChanges,
    private readonly mails: ConfirmationMails,
  ) {}

  /** @returns the reason why no mail is sent; null if one is */
  async resend(givenId: string): Promise<SubscriberError | null> {
    const id = parseId(givenId);
    if (id === null) return notFound();
    const error = await this.dataSource.transaction(async (manager) => {
      const subscriber = await this.changes.lock(manager, { id });
      if (!subscriber || subscriber.status === 'ERASED') return notFound();
      if (subscriber.status !== 'PENDING') return invalidInput('id', NOT_PENDING);
      const allowance = await this.mails.request(manager, subscriber);
      return allowance.allowed ? null : rateLimited('id', whyNot(allowance));
    });
    if (!error) this.mails.wake();
    return error;
  }
}

const NOT_PENDING =
  'The subscriber is not waiting for a confirmation. Use the id of a subscriber with the status PENDING.';

function whyNot({ retryMs }: Extract<MailAllowance, { allowed: false }>): string {
  if (retryMs === null) {
    return 'The address got five confirmation mails, which is the most that an address gets before it confirms.';
  }
  const minutes = Math.max(1, Math.ceil(retryMs / MINUTE_MS));
  return `The address got a confirmation mail less than an hour ago. Try again in ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`;
}
