import { DataSource } from 'typeorm';
import { EventLogStateEntity } from '../event-log/event-log-state.entity.js';
import { EventLogEntity } from '../event-log/event-log.entity.js';
import { OutboxEntity } from '../event-log/outbox.entity.js';
import { IdempotencyKeyEntity } from '../subscribers/addition/idempotency-key.entity.js';
import { SubscriberEntity } from '../subscribers/subscriber.entity.js';
import { TimeoutClient } from './timeout-client.js';
import { CreateSubscribers1785600000000 } from './migrations/1785600000000-create-subscribers.js';
import { CreateEventLog1785700000000 } from './migrations/1785700000000-create-event-log.js';
import { RepairAddresses1786000000000 } from './migrations/1786000000000-repair-addresses.js';

/** What one process may ask of the database at once. */
export interface DatabaseLimits {
  /** The largest number of connections. */
  readonly poolSize: number;
  /** After how many milliseconds the database gives a statement, or an idle transaction, up; 0 is never. */
  readonly timeoutMs: number;
}

/** For migrations, which may take their time: one connection holds the lock, the other migrates. */
export const UNLIMITED: DatabaseLimits = { poolSize: 2, timeoutMs: 0 };

const CONNECT_TIMEOUT_MS = 3_000;

/** How much longer than the database we wait, before we call it dead. */
const GRACE_MS = 2_000;

/**
 * The email-subscriptions database, not opened yet. The schema comes from the migrations alone.
 * @param onIdleError told when a connection breaks that nobody is using; the pool replaces it by itself
 */
export function createDataSource(
  url: string,
  { poolSize, timeoutMs }: DatabaseLimits,
  onIdleError: (error: Error) => void = () => {},
): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    applicationName: 'email-subscriptions',
    entities: [SubscriberEntity, IdempotencyKeyEntity, OutboxEntity, EventLogEntity, EventLogStateEntity],
    migrations: [CreateSubscribers1785600000000, CreateEventLog1785700000000, RepairAddresses1786000000000],
    synchronize: false,
    logging: false,
    poolSize,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    poolErrorHandler: onIdleError,
    extra: {
      keepAlive: true,
      statement_timeout: timeoutMs,
      idle_in_transaction_session_timeout: timeoutMs,
      query_timeout: timeoutMs && timeoutMs + GRACE_MS,
      Client: TimeoutClient,
    },
  });
}
