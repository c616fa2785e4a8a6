import { defineDatabase } from '@kit/database';
import { EVENT_LOG_ENTITIES } from '@kit/event-log';
import { MailJobEntity } from '@kit/mail';
import { UserEntity } from '../accounts/user.entity.js';
import { AuditEntryEntity } from '../audit/audit-entry.entity.js';
import { SigningKeyEntity } from '../keys/signing-key.entity.js';
import { EmailTokenEntity } from '../mail/email-token.entity.js';
import { SessionEntity } from '../sessions/session.entity.js';
import { CreateAccounts1764000000000 } from './migrations/1764000000000-create-accounts.js';
import { AccountsThatPeopleRelyOn1785800000000 } from './migrations/1785800000000-accounts-that-people-rely-on.js';
import { NoRolesAndRepeatedRefreshes1785900000000 } from './migrations/1785900000000-no-roles-and-repeated-refreshes.js';
import { RepairAddresses1786000000000 } from './migrations/1786000000000-repair-addresses.js';
import { CreateEventLog1786300000000 } from './migrations/1786300000000-create-event-log.js';
import { IndexMailJobAddresses1786400000000 } from './migrations/1786400000000-index-mail-job-addresses.js';
import { CreateBulkOutbox1786500000000 } from './migrations/1786500000000-create-bulk-outbox.js';

export const database = defineDatabase({
  name: 'users',
  entities: [
    UserEntity,
    SessionEntity,
    SigningKeyEntity,
    EmailTokenEntity,
    MailJobEntity,
    AuditEntryEntity,
    ...EVENT_LOG_ENTITIES,
  ],
  migrations: [
    CreateAccounts1764000000000,
    AccountsThatPeopleRelyOn1785800000000,
    NoRolesAndRepeatedRefreshes1785900000000,
    RepairAddresses1786000000000,
    CreateEventLog1786300000000,
    IndexMailJobAddresses1786400000000,
    CreateBulkOutbox1786500000000,
  ],
});
