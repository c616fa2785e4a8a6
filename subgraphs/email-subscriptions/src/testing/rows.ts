import type { DataSource } from 'typeorm';
import { newId, searchText } from '@kit/database';
import { SubscriberEntity } from '../subscribers/subscriber.entity.js';

/** A row as the service would write it, with defaults for all other fields. */
export function row(fields: Partial<SubscriberEntity> & { email: string }): SubscriberEntity {
  const { email, name = null } = fields;
  return Object.assign(new SubscriberEntity(), {
    id: newId(),
    emailNormalized: email.toLowerCase(),
    name,
    searchText: searchText(email, name),
    status: 'ACTIVE',
    addedById: null,
    addedAt: new Date(),
    ...fields,
  });
}

/** Writes rows directly to the database. */
export async function store(database: DataSource, rows: SubscriberEntity[]): Promise<void> {
  await database.getRepository(SubscriberEntity).insert(rows);
}
