import { repeatedTransaction } from '@kit/database';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, LessThan } from 'typeorm';
import { IdempotencyKeyEntity } from '../addition/idempotency-key.entity.js';
import { Suppressions } from '../keys/suppressions.js';
import type { Actor } from '../life/actor.js';
import { SubscriberChanges } from '../life/subscriber-changes.js';
import { SubscriberHistoryEntity } from '../life/subscriber-history.entity.js';
import { invalidInput, notFound, type SubscriberError } from '../subscriber-error.js';
import { parseId } from '../subscriber-id.js';
import type { SubscriberEntity } from '../subscriber.entity.js';
import { Erasers } from './erasers.js';
import { isReason, namesPerson, REASON_NAMES_PERSON, REASON_RULE } from './erasure-reason.js';

export interface EraseSubscriberResult {
  readonly subscriber: SubscriberEntity | null;
  readonly userErrors: SubscriberError[];
}

/** Removes all personal data of a subscriber; see `docs/erasure.md`. */
@Injectable()
export class EraseSubscriber {
  constructor(
    private readonly dataSource: DataSource,
    private readonly changes: SubscriberChanges,
    private readonly suppressions: Suppressions,
    private readonly erasers: Erasers,
  ) {}

  /** Erases a subscriber in one transaction. Repeating it changes nothing. */
  async erase(
    fields: { readonly id: string; readonly reason?: string | null },
    actor: Actor,
  ): Promise<EraseSubscriberResult> {
    const id = parseId(fields.id);
    const reason = fields.reason?.trim() || null;
    if (reason !== null && !isReason(reason)) return failed(invalidInput('reason', REASON_RULE));
    if (id === null) return failed(notFound());
    // A batch of an import locks the import and then subscribers. An erasure does it in the other order.
    return repeatedTransaction(this.dataSource, async (manager) => {
      const subscriber = await this.changes.lock(manager, { id });
      if (!subscriber) return failed(notFound());
      if (subscriber.erasedAt) return { subscriber, userErrors: [] };
      if (reason !== null && namesPerson(reason, subscriber)) {
        return failed(invalidInput('reason', REASON_NAMES_PERSON));
      }
      return { subscriber: await this.eraseLocked(manager, subscriber, reason, actor), userErrors: [] };
    });
  }

  private async eraseLocked(
    manager: EntityManager,
    subscriber: SubscriberEntity,
    reason: string | null,
    actor: Actor,
  ): Promise<SubscriberEntity> {
    const { id, emailNormalized } = subscriber;
    // A subscriber whose address is not valid has no normal form.
    if (emailNormalized.includes('@')) await this.suppressions.add(manager, emailNormalized);
    const tombstone = await this.changes.apply(manager, subscriber, {
      transition: 'ERASE',
      actor,
      reason,
      set: {
        email: null,
        emailNormalized: `erased:${id}`,
        name: null,
        tags: [],
        attributes: {},
        consent: null,
        softBounces: 0,
      },
    });
    const earlier = { subscriberId: id, revision: LessThan(tombstone.revision) };
    await manager.update(SubscriberHistoryEntity, earlier, { reason: null });
    await manager.delete(IdempotencyKeyEntity, { subscriberId: id });
    await manager.query(
      'DELETE FROM address_repairs WHERE id = $1 OR merged_into = $1 OR previous_normalized = $2',
      [id, emailNormalized],
    );
    await this.erasers.forgetAddress(manager, subscriber);
    return tombstone;
  }
}

function failed(...userErrors: SubscriberError[]): EraseSubscriberResult {
  return { subscriber: null, userErrors };
}
