import type { DataSource } from 'typeorm';
import { newId, searchText } from '@kit/database';
import { NO_FACTS, statusOf } from '../subscribers/subscriber-status.js';
import { SubscriberEntity } from '../subscribers/subscriber.entity.js';

/** A row as the service would write it, with defaults for all other fields. */
export function row(fields: Partial<SubscriberEntity> & { email: string }): SubscriberEntity {
  const { email, name = null, addedAt = new Date() } = fields;
  const facts = { ...NO_FACTS, ...fields };
  return Object.assign(new SubscriberEntity(), {
    id: newId(),
    emailNormalized: email.toLowerCase(),
    name,
    searchText: searchText(email, name),
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
    ...facts,
    status: statusOf(facts),
  });
}

/** Writes rows directly to the database. */
export async function store(database: DataSource, rows: SubscriberEntity[]): Promise<void> {
  await database.getRepository(SubscriberEntity).insert(rows);
}
