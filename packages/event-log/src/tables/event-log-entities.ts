import { BulkOutboxEntity } from './bulk-outbox.entity.js';
import { EventLogConsumerEntity } from './event-log-consumer.entity.js';
import { EventLogStateEntity } from './event-log-state.entity.js';
import { EventLogEntity } from './event-log.entity.js';
import { OutboxEntity } from './outbox.entity.js';

/** The entities of the event log, for a data source. */
export const EVENT_LOG_ENTITIES = [
  OutboxEntity,
  BulkOutboxEntity,
  EventLogEntity,
  EventLogStateEntity,
  EventLogConsumerEntity,
];
