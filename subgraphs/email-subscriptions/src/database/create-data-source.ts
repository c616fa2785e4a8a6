import { DataSource } from 'typeorm';
import { EventLogStateEntity } from '../event-log/event-log-state.entity.js';
import { EventLogEntity } from '../event-log/event-log.entity.js';
import { OutboxEntity } from '../event-log/outbox.entity.js';
import { IdempotencyKeyEntity } from '../subscribers/addition/idempotency-key.entity.js';
import { SubscriberEntity } from '../subscribers/subscriber.entity.js';
import { TimeoutClient } from '@kit/database';
import { CreateSubscribers1785600000000 } from './migrations/1785600000000-create-subscribers.js';
import { CreateEventLog1785700000000 } from './migrations/1785700000000-create-event-log.js';
import { RepairAddresses1786000000000 } from './migrations/1786000000000-repair-addresses.js';

/** The limits of one process. */
export interface DatabaseLimits {
  /** The maximum number of connections. */
  readonly poolSize: number;
  /** After how many milliseconds the database aborts a statement or an idle transaction; 0 means never. */
  readonly timeoutMs: number;
}

/** For migrations, which may take long. One connection holds the lock, the other one migrates. */
export const UNLIMITED: DatabaseLimits = { poolSize: 2, timeoutMs: 0 };

const CONNECT_TIMEOUT_MS = 3_000;

/** How much longer than the database's own timeout we wait before we destroy the connection. */
const GRACE_MS = 2_000;

/**
 * The database of this service, not opened yet. Only migrations change its schema.
 * @param onIdleError called when an idle connection breaks; the pool replaces it
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
