import { EventLog } from '@kit/event-log';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import {
  parseAddSubscriber,
  type AddSubscriberFields,
  type AddSubscriberRequest,
} from './add-subscriber-request.js';
import type { Adder } from './adder.js';
import { KeyedRequest } from './keyed-request.js';
import { newId, searchText } from '@kit/database';
import { alreadyExists, idempotencyKeyReused, type SubscriberError } from './subscriber-error.js';
import { SUBSCRIBER_ADDED } from '../stream/subscriber-stream.js';
import { SubscriberEntity } from '../subscriber.entity.js';

export interface AddSubscriberResult {
  readonly subscriber: SubscriberEntity | null;
  readonly created: boolean;
  readonly userErrors: SubscriberError[];
}

/** The subscriber of the address, and whether this request or the one that it repeats added it. */
interface Addition {
  readonly subscriber: SubscriberEntity;
  readonly created: boolean;
}

@Injectable()
export class AddSubscriber {
  constructor(
    private readonly dataSource: DataSource,
    private readonly eventLog: EventLog,
  ) {}

  /** Adds an address to the list and records an event. Concurrent requests add it only once. */
  async add(fields: AddSubscriberFields, adder: Adder): Promise<AddSubscriberResult> {
    const parsed = parseAddSubscriber(fields);
    if ('errors' in parsed) return failed(...parsed.errors);
    const { request } = parsed;
    const addition = await this.dataSource.transaction((manager) => this.addOnce(manager, request, adder));
    if (addition === 'other input') return failed(idempotencyKeyReused());
    const { subscriber, created } = addition;
    if (!created && request.onExisting === 'FAIL') return failed(alreadyExists(subscriber));
    return { subscriber, created, userErrors: [] };
  }

  private async addOnce(
    manager: EntityManager,
    request: AddSubscriberRequest,
    adder: Adder,
  ): Promise<Addition | 'other input'> {
    if (request.idempotencyKey === null) return this.insertOrFind(manager, request, adder);
    const keyed = new KeyedRequest(adder.keyOwner, request.idempotencyKey, request);
    const earlier = await keyed.earlier(manager);
    if (earlier === 'other input') return earlier;
    if (earlier) {
      const subscriber = await manager.findOneByOrFail(SubscriberEntity, { id: earlier.subscriberId });
      return { subscriber, created: earlier.created };
    }
    const addition = await this.insertOrFind(manager, request, adder);
    await keyed.remember(manager, { subscriberId: addition.subscriber.id, created: addition.created });
    return addition;
  }

  private async insertOrFind(
    manager: EntityManager,
    { email, emailNormalized, name }: AddSubscriberRequest,
    adder: Adder,
  ): Promise<Addition> {
    const subscriber = manager.create(SubscriberEntity, {
      id: newId(),
      email,
      emailNormalized,
      name,
      searchText: searchText(email, name),
      status: 'ACTIVE',
      addedById: adder.userId,
      addedAt: new Date(),
    });
    // Waits for concurrent transactions that add the same address, and keeps their row.
    const insert = manager
      .createQueryBuilder()
      .insert()
      .into(SubscriberEntity)
      .values(subscriber)
      .orIgnore()
      .returning('id');
    const inserted = await this.eventLog.recordEach(manager, insert, {
      kind: SUBSCRIBER_ADDED,
      occurredAt: subscriber.addedAt,
    });
    if (inserted.length > 0) return { subscriber, created: true };
    const existing = await manager.findOneByOrFail(SubscriberEntity, { emailNormalized });
    return { subscriber: existing, created: false };
  }
}

function failed(...userErrors: SubscriberError[]): AddSubscriberResult {
  return { subscriber: null, created: false, userErrors };
}
