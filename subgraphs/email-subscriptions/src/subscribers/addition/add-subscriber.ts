import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { ConfirmationMails } from '../confirmation/confirmation-mails.js';
import type { Consent } from '../consent.js';
import { SubscriberChanges, SuppressedAddress } from '../life/subscriber-changes.js';
import {
  alreadyExists,
  idempotencyKeyReused,
  isOptedOut,
  type SubscriberError,
  suppressed,
} from '../subscriber-error.js';
import { SubscriberEntity } from '../subscriber.entity.js';
import {
  parseAddSubscriber,
  type AddSubscriberFields,
  type AddSubscriberRequest,
} from './add-subscriber-request.js';
import type { Adder } from './adder.js';
import { KeyedRequest } from './keyed-request.js';

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
    private readonly changes: SubscriberChanges,
    private readonly confirmationMails: ConfirmationMails,
  ) {}

  /** Adds an address to the list and records an event. Concurrent requests add it only once. */
  async add(fields: AddSubscriberFields, adder: Adder): Promise<AddSubscriberResult> {
    const parsed = parseAddSubscriber(fields);
    if ('errors' in parsed) return failed(...parsed.errors);
    const { request } = parsed;
    let addition: Addition | 'other input';
    try {
      addition = await this.dataSource.transaction((manager) => this.addOnce(manager, request, adder));
    } catch (error) {
      if (error instanceof SuppressedAddress) return failed(suppressed(null));
      throw error;
    }
    if (addition === 'other input') return failed(idempotencyKeyReused());
    const { subscriber, created } = addition;
    if (created && request.requireConfirmation) this.confirmationMails.wake();
    if (!created && isOptedOut(subscriber)) return failed(suppressed(subscriber));
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
    {
      email,
      emailNormalized,
      name,
      tags,
      attributes,
      requireConfirmation,
      consentText,
    }: AddSubscriberRequest,
    { userId }: Adder,
  ): Promise<Addition> {
    const consent = consentText === null ? null : statedByStaff(consentText);
    const addition = await this.changes.add(
      manager,
      { email, emailNormalized, name, tags, attributes, consent },
      {
        transition: requireConfirmation ? 'ADD_PENDING' : 'ADD',
        actor: { cause: 'STAFF', userId, source: 'USER' },
      },
    );
    if (addition.created && requireConfirmation) {
      await this.confirmationMails.request(manager, { emailNormalized });
    }
    return addition;
  }
}

function statedByStaff(text: string): Consent {
  const givenAt = new Date().toISOString();
  return { givenAt, method: 'STATED_BY_STAFF', ip: null, userAgent: null, origin: null, text };
}

function failed(...userErrors: SubscriberError[]): AddSubscriberResult {
  return { subscriber: null, created: false, userErrors };
}
