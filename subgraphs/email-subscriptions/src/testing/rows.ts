import type { DataSource } from 'typeorm';
import { newId, searchText } from '@kit/database';
import { NO_FACTS, type SubscriberFacts, type SubscriberStatus } from '../subscribers/subscriber-status.js';
import { SubscriberEntity } from '../subscribers/subscriber.entity.js';

const FACT = {
  PENDING: 'pendingSince',
  BOUNCED: 'bouncedAt',
  UNSUBSCRIBED: 'unsubscribedAt',
  COMPLAINED: 'complainedAt',
  ERASED: 'erasedAt',
} as const satisfies Partial<Record<SubscriberStatus, keyof SubscriberFacts>>;

/** A row as the service would write it, with the facts of its status and defaults for all other fields. */
export function row(fields: Partial<SubscriberEntity> & { email: string }): SubscriberEntity {
  const { email, name = null, addedAt = new Date(), status = 'ACTIVE' } = fields;
  const isErased = status === 'ERASED';
  const id = newId();
  return Object.assign(
    new SubscriberEntity(),
    {
      id,
      emailNormalized: isErased ? `erased:${id}` : email.toLowerCase(),
      searchText: isErased ? '' : searchText(email, name),
      status,
      addedById: null,
      addedAt,
      source: 'USER',
      tags: [],
      attributes: {},
      consent: null,
      confirmedAt: null,
      softBounces: 0,
      updatedAt: addedAt,
      revision: 1,
      ...NO_FACTS,
      ...(status !== 'ACTIVE' && { [FACT[status]]: addedAt }),
    },
    fields,
    { name: isErased ? null : name, email: isErased ? null : email },
  );
}

/** Writes rows directly to the database. */
export async function store(database: DataSource, rows: SubscriberEntity[]): Promise<void> {
  await database.getRepository(SubscriberEntity).insert(rows);
}
