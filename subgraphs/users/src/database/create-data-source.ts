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

/** Limits of one process. */
export interface DatabaseLimits {
  /** The largest number of connections. */
  readonly poolSize: number;
  /** The timeout of a statement and of an idle transaction, in milliseconds; 0 is none. */
  readonly timeoutMs: number;
}

/** For migrations, which may take long: one connection holds the lock, the other migrates. */
export const UNLIMITED: DatabaseLimits = { poolSize: 2, timeoutMs: 0 };

const CONNECT_TIMEOUT_MS = 3_000;

/**
 * The users database, not yet opened. Only migrations change its schema.
 * @param onIdleError is called when an idle connection breaks; the pool replaces it
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
