import { DataSource } from 'typeorm';
import { UserEntity } from '../accounts/user.entity.js';
import { AuditEntryEntity } from '../audit/audit-entry.entity.js';
import { SigningKeyEntity } from '../keys/signing-key.entity.js';
import { EmailTokenEntity } from '../mail/email-token.entity.js';
import { MailJobEntity } from '../mail/mail-job.entity.js';
import { SessionEntity } from '../sessions/session.entity.js';
import { CreateAccounts1764000000000 } from './migrations/1764000000000-create-accounts.js';
import { AccountsThatPeopleRelyOn1785800000000 } from './migrations/1785800000000-accounts-that-people-rely-on.js';
import { NoRolesAndRepeatedRefreshes1785900000000 } from './migrations/1785900000000-no-roles-and-repeated-refreshes.js';
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

/**
 * The users database, not opened yet. The schema comes from the migrations alone.
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
    applicationName: 'users',
    entities: [
      UserEntity,
      SessionEntity,
      SigningKeyEntity,
      EmailTokenEntity,
      MailJobEntity,
      AuditEntryEntity,
    ],
    migrations: [
      CreateAccounts1764000000000,
      AccountsThatPeopleRelyOn1785800000000,
      NoRolesAndRepeatedRefreshes1785900000000,
      RepairAddresses1786000000000,
    ],
    synchronize: false,
    logging: false,
    poolSize,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    poolErrorHandler: onIdleError,
    extra: {
      keepAlive: true,
      statement_timeout: timeoutMs,
      idle_in_transaction_session_timeout: timeoutMs,
    },
  });
}
