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

/** Writes many active subscribers `1@example.com`, `2@example.com`, …, in one statement. */
export async function storeMany(database: DataSource, count: number): Promise<void> {
  await database.query(
    `INSERT INTO subscribers (id, email, email_normalized, search_text, added_at, status)
     SELECT gen_random_uuid(), email, email, upper(email), now(), 'ACTIVE'
     FROM generate_series(1, $1::int) AS n, concat(n, '@example.com') AS email`,
    [count],
  );
}

/** Writes rows directly to the database. */
export async function store(database: DataSource, rows: SubscriberEntity[]): Promise<void> {
  await database.getRepository(SubscriberEntity).insert(rows);
}
