import { ACCESS_TOKEN_SECONDS } from '@kit/auth';
import { mailEnvironment, normalizeNewEmail } from '@kit/mail';
import { origin, secret, wholeNumber } from '@kit/service';
import type { ConfigOf } from '@kit/subgraph';
import { z } from 'zod';
import { HASH_COSTS } from './accounts/hash-cost.js';
import { DEFAULT_ROLES } from './roles.js';

/** The variables of this subgraph alone. In production the operator has to open registration and choose a role. */
export const variables = (isProduction: boolean) => ({
  ...keyVariables(),
  ACCESS_TOKEN_SECONDS: wholeNumber(1, ACCESS_TOKEN_SECONDS).default(ACCESS_TOKEN_SECONDS),
  /** The interval at which signing keys are reloaded from the database, in milliseconds. */
  SIGNING_KEYS_REFRESH_MS: wholeNumber(10, 3_600_000).default(10_000),
  DEFAULT_ROLE: z
    .enum(DEFAULT_ROLES, `is not one of ${DEFAULT_ROLES.join(', ')}`)
    .default(isProduction ? 'NONE' : 'EDITOR'),
  REGISTRATION: z.enum(['open', 'closed'], 'is not open or closed').default(isProduction ? 'closed' : 'open'),
  /** The work of a password hash. Tests lower it. */
  PASSWORD_HASH_COST: z.enum(HASH_COSTS, 'is not full or low').default('full'),
  REQUIRE_VERIFIED_EMAIL: flag(),
  /** The first owner, created while there is none. */
  OWNER_EMAIL: z
    .string()
    .refine((value) => normalizeNewEmail(value) !== null, 'is not an e-mail address')
    .optional(),
  OWNER_PASSWORD: z.string().optional(),
  ...mailEnvironment('Subscribers <no-reply@localhost>'),
  /** The origin of the front end, for links in mails. */
  APP_URL: origin().default('http://127.0.0.1:4000'),
  /** Wrong passwords and password resets for one account within ATTEMPTS_SECONDS, from one address and from all. */
  ATTEMPTS_PER_ACCOUNT_AND_ADDRESS: wholeNumber(1, 1_000_000_000).default(10),
  ATTEMPTS_PER_ACCOUNT: wholeNumber(1, 1_000_000_000).default(50),
  /** Wrong passwords, registrations and requested mails from one client address within ATTEMPTS_SECONDS. */
  ATTEMPTS_PER_ADDRESS: wholeNumber(1, 1_000_000_000).default(100),
  ATTEMPTS_SECONDS: wholeNumber(1, 86_400).default(900),
  AUDIT_LOG_RETENTION_DAYS: wholeNumber(1, 36_500).default(365),
});

/** The configuration that `CONFIG` injects. */
export type Config = ConfigOf<typeof variables>;

/** The variables of signing keys. The program that rotates the keys reads them, too. */
export const keyVariables = () => ({
  SIGNING_KEY_SECRET: secret(),
  /** Decrypts what was encrypted before SIGNING_KEY_SECRET was changed. */
  SIGNING_KEY_SECRET_PREVIOUS: secret().optional(),
  /** How long a new signing key is published before it signs. By default longer than gateways cache the key set. */
  SIGNING_KEY_LEAD_MS: wholeNumber(0, 86_400_000).default(600_000),
});

/** The faults of variables that are valid on their own but not together. */
export function faults(config: Config): string[] {
  const { OWNER_EMAIL, OWNER_PASSWORD, SIGNING_KEY_LEAD_MS, SIGNING_KEYS_REFRESH_MS } = config;
  const found: string[] = [];
  if (config.NODE_ENV === 'production' && config.PASSWORD_HASH_COST !== 'full')
    found.push('PASSWORD_HASH_COST must be full in production: a lower cost is for tests');
  if ((OWNER_EMAIL === undefined) !== (OWNER_PASSWORD === undefined))
    found.push('OWNER_EMAIL and OWNER_PASSWORD must be set together: one of them is missing');
  // 0 is for a single process, which may sign with a key as soon as it has made it.
  if (SIGNING_KEY_LEAD_MS > 0 && SIGNING_KEY_LEAD_MS <= SIGNING_KEYS_REFRESH_MS)
    found.push(
      'SIGNING_KEY_LEAD_MS must be longer than SIGNING_KEYS_REFRESH_MS, so that every replica has a new key before it signs',
    );
  return found;
}

function flag() {
  return z
    .enum(['true', 'false'], 'is not true or false')
    .default('false')
    .transform((value) => value === 'true');
}
