import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';

/** What may happen in the transaction of an addition besides the insert. */
export type Variant = 'without outbox' | 'with outbox' | 'with outbox and pg_notify';

/** The channel of the third variant. */
export const CHANNEL = 'bench';

/** As TypeORM writes it for subgraphs/email-subscriptions/src/subscribers/addition/add-subscriber.ts. */
const INSERT = `INSERT INTO "subscribers"("id", "email", "email_normalized", "name", "search_text", "status", "added_by", "added_at") VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING id`;

/** As in subgraphs/email-subscriptions/src/event-log/outbox.ts. */
const INSERT_AND_NOTE = `WITH made AS (${INSERT})
       INSERT INTO outbox (type, subject_id, occurred_at) SELECT $9, id, $10 FROM made
       RETURNING subject_id`;

const STATEMENTS: Record<Variant, string> = {
  'without outbox': INSERT,
  'with outbox': INSERT_AND_NOTE,
  // In the same statement: it costs no further round trip, so that the lock alone makes the difference.
  'with outbox and pg_notify': `${INSERT_AND_NOTE}, pg_notify('${CHANNEL}', subject_id::text)`,
};

/** Adds one person with the statements that the service sends for `addSubscriber`. */
export async function addInTransaction(client: Client, variant: Variant): Promise<void> {
  const id = newId();
  const email = `${id.slice(-12)}@example.com`;
  const addedAt = new Date();
  const searchText = `${email.toUpperCase()}\n`;
  const values = [id, email, email, null, searchText, 'ACTIVE', randomUUID(), addedAt];
  const event = variant === 'without outbox' ? [] : ['subscriber.added', addedAt];
  await client.query('START TRANSACTION');
  await client.query(STATEMENTS[variant], [...values, ...event]);
  await client.query('COMMIT');
}

/** A UUIDv7 (RFC 9562, section 5.7), as the service makes them: milliseconds first, so they arrive in index order. */
function newId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
