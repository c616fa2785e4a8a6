import { repeatedTransaction } from '@kit/database';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { ConfirmationMails } from '../confirmation/confirmation-mails.js';
import { Erasers } from '../erasure/erasers.js';
import { Suppressions } from '../keys/suppressions.js';
import type { Actor } from '../life/actor.js';
import { SubscriberChanges } from '../life/subscriber-changes.js';
import {
  alreadyExists,
  isOptedOut,
  notFound,
  staleRevision,
  type SubscriberError,
  suppressed,
} from '../subscriber-error.js';
import { SubscriberEntity } from '../subscriber.entity.js';
import { isAddressTaken } from './address-taken.js';
import { editOf } from './subscriber-edit.js';
import {
  parseUpdateSubscriber,
  type UpdateSubscriberFields,
  type UpdateSubscriberRequest,
} from './update-subscriber-request.js';

export interface UpdateSubscriberResult {
  readonly subscriber: SubscriberEntity | null;
  readonly userErrors: SubscriberError[];
}

/** Ends the transaction of an update without a change. */
class Refused extends Error {
  constructor(readonly userErrors: SubscriberError[]) {
    super('the update was refused');
  }
}

/** How often an update is tried whose new address is added and removed again by others in the meantime. */
const ATTEMPTS = 3;

@Injectable()
export class UpdateSubscriber {
  constructor(
    private readonly dataSource: DataSource,
    private readonly changes: SubscriberChanges,
    private readonly suppressions: Suppressions,
    private readonly erasers: Erasers,
    private readonly confirmationMails: ConfirmationMails,
  ) {}

  /**
   * Changes what the request names, and leaves the rest. A request that changes nothing makes no revision. Concurrent
   * updates of a subscriber wait for each other.
   */
  async update(fields: UpdateSubscriberFields, actor: Actor): Promise<UpdateSubscriberResult> {
    const parsed = parseUpdateSubscriber(fields);
    if ('errors' in parsed) return failed(parsed.errors);
    const { request } = parsed;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const subscriber = await repeatedTransaction(this.dataSource, (manager) =>
          this.updateLocked(manager, request, actor),
        );
        if (subscriber.status === 'PENDING') this.confirmationMails.wake();
        return { subscriber, userErrors: [] };
      } catch (error) {
        if (error instanceof Refused) return failed(error.userErrors);
        if (!isAddressTaken(error) || attempt === ATTEMPTS) throw error;
      }
      const owner = await this.ownerOf(this.dataSource.manager, request);
      if (owner) return failed([addressTaken(owner)]);
    }
  }

  /** @throws Refused */
  private async updateLocked(
    manager: EntityManager,
    request: UpdateSubscriberRequest,
    actor: Actor,
  ): Promise<SubscriberEntity> {
    const { id, expectedRevision } = request;
    const subscriber = id === null ? null : await this.changes.lock(manager, { id });
    if (!subscriber || subscriber.erasedAt) throw new Refused([notFound()]);
    if (expectedRevision !== null && expectedRevision !== subscriber.revision) {
      throw new Refused([staleRevision(subscriber)]);
    }
    const edit = editOf(subscriber, request);
    if ('errors' in edit) throw new Refused(edit.errors);
    const { set, changed, changesAddress } = edit;
    if (changed.length === 0) return subscriber;
    if (!changesAddress) {
      return this.changes.apply(manager, subscriber, { transition: 'EDIT', actor, set, changed });
    }
    const owner = await this.ownerOf(manager, request);
    if (owner) throw new Refused([addressTaken(owner)]);
    const after = await this.changes.apply(manager, subscriber, {
      transition: 'CHANGE_ADDRESS',
      actor,
      set,
      changed,
    });
    // After the update, which waits for a concurrent erasure of the new address.
    if (await this.suppressions.has(manager, after.emailNormalized)) throw new Refused([suppressed(null)]);
    await this.erasers.forgetAddress(manager, subscriber);
    if (after.status === 'PENDING') await this.confirmationMails.request(manager, after);
    return after;
  }

  private ownerOf(manager: EntityManager, { email }: UpdateSubscriberRequest) {
    return manager.findOneBy(SubscriberEntity, { emailNormalized: email!.normalized });
  }
}

function addressTaken(owner: SubscriberEntity): SubscriberError {
  return isOptedOut(owner) ? suppressed(owner) : alreadyExists(owner);
}

function failed(userErrors: SubscriberError[]): UpdateSubscriberResult {
  return { subscriber: null, userErrors };
}
