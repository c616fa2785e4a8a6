import { defineDatabase } from '@kit/database';
import { EVENT_LOG_ENTITIES } from '@kit/event-log';
import { MailJobEntity } from '@kit/mail';
import { ConfirmationLimitEntity } from '../subscribers/confirmation/confirmation-limit.entity.js';
import { ConfirmationTokenEntity } from '../subscribers/confirmation/confirmation-token.entity.js';
import { IdempotencyKeyEntity } from '../subscribers/addition/idempotency-key.entity.js';
import { ImportEntity } from '../subscribers/imports/import.entity.js';
import { RejectedRowEntity } from '../subscribers/imports/rejected-row.entity.js';
import { SuppressionEntity } from '../subscribers/keys/suppression.entity.js';
import { SubscriberExportEntity } from '../subscribers/exports/subscriber-export.entity.js';
import { SubscriberHistoryEntity } from '../subscribers/life/subscriber-history.entity.js';
import { SignUpEntity } from '../subscribers/signup/sign-up.entity.js';
import { TagChangeEntity } from '../subscribers/tags/tag-change.entity.js';
import { TagCountEntity } from '../subscribers/tags/tag-count.entity.js';
import { SubscriberFiguresEntity } from '../subscribers/stats/subscriber-figures.entity.js';
import { SubscriberTotalEntity } from '../subscribers/stats/subscriber-total.entity.js';
import { SubscriberTagEntity } from '../subscribers/list/subscriber-tag.entity.js';
import { SubscriberEntity } from '../subscribers/subscriber.entity.js';
import { CreateSubscribers1785600000000 } from './migrations/1785600000000-create-subscribers.js';
import { CreateEventLog1785700000000 } from './migrations/1785700000000-create-event-log.js';
import { RepairAddresses1786000000000 } from './migrations/1786000000000-repair-addresses.js';
import { EventDetailsAndConsumers1786100000000 } from './migrations/1786100000000-event-details-and-consumers.js';
import { CreateMailJobs1786200000000 } from './migrations/1786200000000-create-mail-jobs.js';
import { CreateBulkOutbox1786300000000 } from './migrations/1786300000000-create-bulk-outbox.js';
import { IndexMailJobAddresses1786400000000 } from './migrations/1786400000000-index-mail-job-addresses.js';
import { SubscriberLife1786500000000 } from './migrations/1786500000000-subscriber-life.js';
import { SignUps1786600000000 } from './migrations/1786600000000-sign-ups.js';
import { CountTags1786700000000 } from './migrations/1786700000000-count-tags.js';
import { CountSubscribers1786800000000 } from './migrations/1786800000000-count-subscribers.js';
import { SubscriberImports1786900000000 } from './migrations/1786900000000-subscriber-imports.js';
import { SubscriberExports1787000000000 } from './migrations/1787000000000-subscriber-exports.js';
import { IndexList1787100000000 } from './migrations/1787100000000-index-list.js';
import { DateIdempotencyKeys1787200000000 } from './migrations/1787200000000-date-idempotency-keys.js';
import { ImportWithoutStage1787300000000 } from './migrations/1787300000000-import-without-stage.js';
import { IndexLocalParts1787400000000 } from './migrations/1787400000000-index-local-parts.js';

export const database = defineDatabase({
  name: 'email-subscriptions',
  entities: [
    SubscriberEntity,
    SubscriberTagEntity,
    SubscriberHistoryEntity,
    SuppressionEntity,
    IdempotencyKeyEntity,
    SignUpEntity,
    ConfirmationTokenEntity,
    ConfirmationLimitEntity,
    TagChangeEntity,
    TagCountEntity,
    SubscriberFiguresEntity,
    SubscriberTotalEntity,
    ImportEntity,
    RejectedRowEntity,
    SubscriberExportEntity,
    ...EVENT_LOG_ENTITIES,
    MailJobEntity,
  ],
  migrations: [
    CreateSubscribers1785600000000,
    CreateEventLog1785700000000,
    RepairAddresses1786000000000,
    EventDetailsAndConsumers1786100000000,
    CreateMailJobs1786200000000,
    CreateBulkOutbox1786300000000,
    IndexMailJobAddresses1786400000000,
    SubscriberLife1786500000000,
    SignUps1786600000000,
    CountTags1786700000000,
    CountSubscribers1786800000000,
    SubscriberImports1786900000000,
    SubscriberExports1787000000000,
    IndexList1787100000000,
    DateIdempotencyKeys1787200000000,
    ImportWithoutStage1787300000000,
    IndexLocalParts1787400000000,
  ],
});
