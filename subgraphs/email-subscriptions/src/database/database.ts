import { defineDatabase } from '@kit/database';
import { EventLogStateEntity } from '../event-log/event-log-state.entity.js';
import { EventLogEntity } from '../event-log/event-log.entity.js';
import { OutboxEntity } from '../event-log/outbox.entity.js';
import { IdempotencyKeyEntity } from '../subscribers/addition/idempotency-key.entity.js';
import { SubscriberEntity } from '../subscribers/subscriber.entity.js';
import { CreateSubscribers1785600000000 } from './migrations/1785600000000-create-subscribers.js';
import { CreateEventLog1785700000000 } from './migrations/1785700000000-create-event-log.js';
import { RepairAddresses1786000000000 } from './migrations/1786000000000-repair-addresses.js';

export const database = defineDatabase({
  name: 'email-subscriptions',
  entities: [SubscriberEntity, IdempotencyKeyEntity, OutboxEntity, EventLogEntity, EventLogStateEntity],
  migrations: [CreateSubscribers1785600000000, CreateEventLog1785700000000, RepairAddresses1786000000000],
});
