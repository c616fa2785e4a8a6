import { parseEmail } from '@kit/mail';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Actor } from '../life/actor.js';
import { SubscriberChanges } from '../life/subscriber-changes.js';
import { addressNotFound, invalidEmail, invalidInput, type SubscriberError } from '../subscriber-error.js';
import { SubscriberEntity } from '../subscriber.entity.js';
import { diagnosticWithoutAddresses } from './diagnostic.js';

export type DeliveryReport = 'DELIVERED' | 'HARD_BOUNCE' | 'SOFT_BOUNCE' | 'COMPLAINT';

export interface ReportDeliveryFields {
  readonly email: string;
  readonly report: DeliveryReport;
  readonly occurredAt?: Date | null;
  readonly diagnostic?: string | null;
}

export interface ReportDeliveryResult {
  readonly subscriber: SubscriberEntity | null;
  readonly userErrors: SubscriberError[];
}

/** The number of soft bounces in a row that count as a bounce. */
const MOST_SOFT_BOUNCES = 5;

/** How far the clock of a mail provider may be ahead. */
const CLOCK_DIFFERENCE_MS = 5 * 60_000;

/** Many providers report whole seconds. */
const SECOND_MS = 1_000;

/** Changes subscribers by what a mail provider reports about mail to their addresses. */
@Injectable()
export class ReportDelivery {
  constructor(
    private readonly dataSource: DataSource,
    private readonly changes: SubscriberChanges,
  ) {}

  /** A report of what is known already, or of the time before the subscriber had the address, changes nothing. */
  async report(fields: ReportDeliveryFields, actor: Actor): Promise<ReportDeliveryResult> {
    const address = parseEmail(fields.email);
    if (address.fault !== null) return failed(invalidEmail(address.fault));
    const occurredAt = fields.occurredAt ?? new Date();
    if (occurredAt.getTime() > Date.now() + CLOCK_DIFFERENCE_MS) {
      return failed(invalidInput('occurredAt', 'Use a time that is not in the future.'));
    }
    return this.dataSource.transaction(async (manager) => {
      const subscriber = await this.changes.lock(manager, { emailNormalized: address.normalized });
      if (!subscriber) return failed(addressNotFound());
      if (occurredAt < sinceWhen(subscriber)) return { subscriber, userErrors: [] };
      return { subscriber: await this.apply(manager, subscriber, fields, occurredAt, actor), userErrors: [] };
    });
  }

  private async apply(
    manager: EntityManager,
    subscriber: SubscriberEntity,
    { report, diagnostic }: ReportDeliveryFields,
    since: Date,
    actor: Actor,
  ): Promise<SubscriberEntity> {
    const { softBounces, bouncedAt, complainedAt } = subscriber;
    const reason = diagnostic ? diagnosticWithoutAddresses(diagnostic, subscriber.email!) : null;
    const change = { actor, reason, since };
    if (report === 'DELIVERED') return this.countSoftBounces(manager, subscriber, 0);
    if (report === 'COMPLAINT') {
      if (complainedAt) return subscriber;
      return this.changes.apply(manager, subscriber, { transition: 'COMPLAIN', ...change });
    }
    if (bouncedAt) return subscriber;
    const inARow = softBounces + 1;
    if (report === 'SOFT_BOUNCE' && inARow < MOST_SOFT_BOUNCES) {
      return this.countSoftBounces(manager, subscriber, inARow);
    }
    const set = report === 'SOFT_BOUNCE' ? { softBounces: inARow } : {};
    return this.changes.apply(manager, subscriber, { transition: 'BOUNCE', set, ...change });
  }

  /** The number is not shown, so that it makes no revision. */
  private async countSoftBounces(
    manager: EntityManager,
    subscriber: SubscriberEntity,
    softBounces: number,
  ): Promise<SubscriberEntity> {
    if (softBounces === subscriber.softBounces) return subscriber;
    await manager.update(SubscriberEntity, { id: subscriber.id }, { softBounces });
    return Object.assign(subscriber, { softBounces });
  }
}

/** Since when reports about the address concern the subscriber: the addition, the change or the confirmation of it. */
function sinceWhen({ addedAt, confirmedAt, pendingSince }: SubscriberEntity): Date {
  const latest = Math.max(addedAt.getTime(), confirmedAt?.getTime() ?? 0, pendingSince?.getTime() ?? 0);
  return new Date(Math.floor(latest / SECOND_MS) * SECOND_MS);
}

function failed(...userErrors: SubscriberError[]): ReportDeliveryResult {
  return { subscriber: null, userErrors };
}
