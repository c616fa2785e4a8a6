import { plainText } from '@kit/subgraph';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { ConfirmationTokens } from '../confirmation/confirmation-tokens.js';
import { SubscriberKeys } from '../keys/subscriber-keys.js';
import { type Actor, THE_SUBSCRIBER } from '../life/actor.js';
import { SubscriberChanges } from '../life/subscriber-changes.js';
import { KeptSignUps } from '../signup/kept-sign-ups.js';
import { invalidInput, notFound, type SubscriberError } from '../subscriber-error.js';
import type { SubscriberEntity } from '../subscriber.entity.js';
import { parseId } from '../subscriber-id.js';

const LONGEST_REASON = 500;
const REASON = plainText(LONGEST_REASON);

/** Unsubscribes, by a link or by staff. */
@Injectable()
export class Unsubscription {
  constructor(
    private readonly dataSource: DataSource,
    private readonly changes: SubscriberChanges,
    private readonly keys: SubscriberKeys,
    private readonly tokens: ConfirmationTokens,
    private readonly kept: KeptSignUps,
  ) {}

  /**
   * Unsubscribes the subscriber of a link, who may already be unsubscribed or erased.
   * @returns false for a token that is not valid
   */
  async byToken(token: string): Promise<boolean> {
    const id = this.keys.subscriberOfToken(token);
    if (id === null) return false;
    await this.dataSource.transaction(async (manager) => {
      const subscriber = await this.changes.lock(manager, { id });
      if (subscriber) await this.unsubscribe(manager, subscriber, THE_SUBSCRIBER, null);
    });
    return true;
  }

  /** Unsubscribes a subscriber who asked by other means. Repeating it changes nothing. */
  async byStaff(
    fields: { readonly id: string; readonly reason?: string | null },
    actor: Actor,
  ): Promise<{ subscriber: SubscriberEntity } | { error: SubscriberError }> {
    const id = parseId(fields.id);
    const reason = fields.reason?.trim() || null;
    if (reason !== null && !REASON.test(reason)) {
      const rule = `Use a reason of at most ${LONGEST_REASON} characters, without control characters.`;
      return { error: invalidInput('reason', rule) };
    }
    if (id === null) return { error: notFound() };
    return this.dataSource.transaction(async (manager) => {
      const subscriber = await this.changes.lock(manager, { id });
      if (!subscriber || subscriber.status === 'ERASED') return { error: notFound() };
      return { subscriber: await this.unsubscribe(manager, subscriber, actor, reason) };
    });
  }

  private async unsubscribe(
    manager: EntityManager,
    subscriber: SubscriberEntity,
    actor: Actor,
    reason: string | null,
  ): Promise<SubscriberEntity> {
    const isNew = subscriber.unsubscribedAt === null && this.changes.allows(subscriber, 'UNSUBSCRIBE', actor);
    if (isNew) {
      return this.changes.apply(manager, subscriber, { transition: 'UNSUBSCRIBE', actor, reason });
    }
    // A new sign-up may have sent a link, which must not work after this.
    await this.tokens.withdraw(manager, [subscriber.id]);
    await this.kept.forget(manager, [subscriber.emailNormalized]);
    return subscriber;
  }
}
