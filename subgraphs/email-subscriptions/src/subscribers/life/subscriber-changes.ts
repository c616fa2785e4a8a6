import { newId, searchText } from '@kit/database';
import { EventLog } from '@kit/event-log';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ConfirmationTokens } from '../confirmation/confirmation-tokens.js';
import { Suppressions } from '../keys/suppressions.js';
import { KeptSignUps } from '../signup/kept-sign-ups.js';
import { NO_FACTS, statusOf } from '../subscriber-status.js';
import { SubscriberEntity } from '../subscriber.entity.js';
import { recordTagChange } from '../tags/tag-changes.js';
import type { Actor } from './actor.js';
import { SubscriberHistoryEntity } from './subscriber-history.entity.js';
import { eventKindOf, transitionOf, type TransitionName } from './transitions.js';

/** The fields of a subscriber that changes may set, beside the facts. */
export type SubscriberFields = Pick<
  SubscriberEntity,
  'email' | 'emailNormalized' | 'name' | 'tags' | 'attributes' | 'consent' | 'confirmedAt' | 'softBounces'
>;

export type NewSubscriber = Pick<SubscriberEntity, 'emailNormalized' | 'name'> &
  Partial<Pick<SubscriberEntity, 'tags' | 'attributes' | 'consent'>> & { readonly email: string };

export interface Change {
  readonly transition: TransitionName;
  readonly actor: Actor;
  readonly set?: Partial<SubscriberFields>;
  /** The names of the fields that changed, as in GraphQL. */
  readonly changed?: readonly string[];
  readonly reason?: string | null;
  /** Since when the facts hold. By default now. */
  readonly since?: Date;
}

/** The transitions after which earlier confirmation links must not work. */
const ENDS_CONFIRMATION: ReadonlySet<TransitionName> = new Set([
  'CONFIRM',
  'CHANGE_ADDRESS',
  'UNSUBSCRIBE',
  'COMPLAIN',
  'ERASE',
]);

/** An address of an erased subscriber. */
export class SuppressedAddress extends Error {}

/**
 * Writes every change of subscribers but those of bulk jobs: the row, its history and its event, in the caller's
 * transaction, along the table of transitions.
 */
@Injectable()
export class SubscriberChanges {
  constructor(
    private readonly eventLog: EventLog,
    private readonly suppressions: Suppressions,
    private readonly confirmationTokens: ConfirmationTokens,
    private readonly keptSignUps: KeptSignUps,
  ) {}

  /**
   * Adds an address, unless it is on the list. It waits for concurrent transactions that add the same address.
   * @returns the new or the existing subscriber. Others can change an existing one meanwhile, but not erase it or give it
   *   another address.
   * @throws SuppressedAddress if the address was erased; the caller has to roll back
   */
  async add(
    manager: EntityManager,
    fields: NewSubscriber,
    { transition, actor }: { readonly transition: 'ADD' | 'ADD_PENDING'; readonly actor: Actor },
  ): Promise<{ readonly subscriber: SubscriberEntity; readonly created: boolean }> {
    const now = new Date();
    const facts = { ...NO_FACTS, ...transitionOf(transition).facts(now) };
    const subscriber = manager.create(SubscriberEntity, {
      tags: [],
      attributes: {},
      consent: null,
      ...fields,
      ...facts,
      id: newId(),
      searchText: searchText(fields.email, fields.name),
      status: statusOf(facts),
      addedById: actor.userId,
      addedAt: now,
      source: actor.source,
      confirmedAt: null,
      softBounces: 0,
      updatedAt: now,
      revision: 1,
    });
    requireAllowed(transition, actor, 'NOBODY', subscriber.status);
    const existing = await this.insertOrFind(manager, subscriber);
    if (existing) return { subscriber: existing, created: false };
    // After the insert, which waits for a concurrent erasure of the same address.
    if (await this.suppressions.has(manager, fields.emailNormalized)) throw new SuppressedAddress();
    await recordTagChange(manager, [], subscriber.tags);
    return { subscriber, created: true };
  }

  /** @returns the existing subscriber of the address; null if this one was inserted */
  private async insertOrFind(
    manager: EntityManager,
    subscriber: SubscriberEntity,
  ): Promise<SubscriberEntity | null> {
    const { emailNormalized, addedAt: occurredAt, status: after } = subscriber;
    const event = { kind: eventKindOf('ADDED'), occurredAt, detail: { before: null, after } };
    for (;;) {
      const insert = manager.createQueryBuilder().insert().into(SubscriberEntity).values(subscriber);
      const inserted = await this.eventLog.recordEach(manager, insert.orIgnore().returning('id'), event);
      if (inserted.length > 0) return null;
      // The lock makes changes of the address wait. One that ended since the insert has made the address free.
      const existing = await manager.findOne(SubscriberEntity, {
        where: { emailNormalized },
        lock: { mode: 'for_key_share' },
      });
      if (existing) return existing;
    }
  }

  /** Finds a subscriber and locks it until the transaction ends, but not for foreign keys. Null for an unknown id. */
  lock(manager: EntityManager, where: { id: string } | { emailNormalized: string }) {
    return manager.findOne(SubscriberEntity, { where, lock: { mode: 'for_no_key_update' } });
  }

  /** Whether the table allows a transition of this subscriber. */
  allows(
    { status }: Pick<SubscriberEntity, 'status'>,
    transition: TransitionName,
    { cause }: Actor,
  ): boolean {
    const { to, by } = transitionOf(transition);
    return by.includes(cause) && to[status] !== undefined;
  }

  /**
   * Changes a locked subscriber.
   * @returns the subscriber afterwards
   * @throws Error if the table does not allow it
   */
  async apply(
    manager: EntityManager,
    subscriber: SubscriberEntity,
    { transition, actor, set = {}, changed = [], reason = null, since }: Change,
  ): Promise<SubscriberEntity> {
    const now = new Date();
    const { kind, facts } = transitionOf(transition);
    const { id, status: before } = subscriber;
    const after = Object.assign(new SubscriberEntity(), subscriber, facts(since ?? now), set, {
      updatedAt: now,
      revision: subscriber.revision + 1,
    });
    after.status = statusOf(after);
    after.searchText = after.email === null ? '' : searchText(after.email, after.name);
    requireAllowed(transition, actor, before, after.status);
    await manager.update(SubscriberEntity, { id }, after);
    if (set.tags) await recordTagChange(manager, subscriber.tags, after.tags);
    await manager.insert(SubscriberHistoryEntity, {
      subscriberId: id,
      revision: after.revision,
      at: now,
      kind,
      byUserId: actor.userId,
      source: actor.source,
      changed: [...changed],
      reason,
    });
    await this.eventLog.record(manager, {
      kind: eventKindOf(kind),
      subjectId: id,
      occurredAt: now,
      detail: { before, after: after.status },
    });
    await this.endConfirmations(manager, transition, [subscriber]);
    return after;
  }

  /**
   * Deletes the confirmation links of locked subscribers if they must not work after a transition. Bulk jobs call it with
   * the subscribers before the transition.
   */
  async endConfirmations(
    manager: EntityManager,
    transition: TransitionName,
    subscribers: readonly Pick<SubscriberEntity, 'id' | 'emailNormalized'>[],
  ): Promise<void> {
    if (!ENDS_CONFIRMATION.has(transition)) return;
    const ids = subscribers.map((subscriber) => subscriber.id);
    const addresses = subscribers.map(({ emailNormalized }) => emailNormalized);
    await this.confirmationTokens.withdraw(manager, ids);
    await this.keptSignUps.forget(manager, addresses, { waiting: transition === 'ERASE' });
  }
}

function requireAllowed(
  transition: TransitionName,
  { cause }: Actor,
  before: SubscriberEntity['status'] | 'NOBODY',
  after: SubscriberEntity['status'],
): void {
  const { to, by } = transitionOf(transition);
  if (!by.includes(cause) || to[before] !== after) {
    throw new Error(`the state machine has no ${transition} by ${cause} from ${before} to ${after}`);
  }
}
