import { ACCESS_TOKEN_SECONDS } from '@kit/auth';
import {
  ConfigurationError,
  origin,
  postgresUrl,
  readEnvironment,
  secret,
  serviceEnvironment,
  wholeNumber,
} from '@kit/service';
import { normalizeNewEmail } from '@kit/mail';
import addressparser from 'nodemailer/lib/addressparser';
import { z } from 'zod';
import { HASH_COSTS } from './accounts/hash-cost.js';
import { DEFAULT_ROLES } from './roles.js';

/**
 * Reads the environment of this service.
 * @throws ConfigurationError that names every bad or missing variable
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env) {
  // In production the operator has to open registration and choose a role.
  const production = environment.NODE_ENV === 'production';
  const config = readEnvironment(
    {
      ...serviceEnvironment(4001),
      DATABASE_URL: postgresUrl(),
      DATABASE_POOL_SIZE: wholeNumber(1, 1_000).default(10),
      TXN_TOKEN_SECRET: secret(),
      TXN_TOKEN_SECRET_PREVIOUS: secret().optional(),
      SIGNING_KEY_SECRET: secret(),
      /** Decrypts what was encrypted before SIGNING_KEY_SECRET was changed. */
      SIGNING_KEY_SECRET_PREVIOUS: secret().optional(),
      ACCESS_TOKEN_SECONDS: wholeNumber(1, ACCESS_TOKEN_SECONDS).default(ACCESS_TOKEN_SECONDS),
      /** The interval at which signing keys are reloaded from the database, in milliseconds. */
      SIGNING_KEYS_REFRESH_MS: wholeNumber(10, 3_600_000).default(10_000),
      SIGNING_KEY_LEAD_MS: signingKeyLead(),
      DEFAULT_ROLE: z
        .enum(DEFAULT_ROLES, `is not one of ${DEFAULT_ROLES.join(', ')}`)
        .default(production ? 'NONE' : 'EDITOR'),
      REGISTRATION: z
        .enum(['open', 'closed'], 'is not open or closed')
        .default(production ? 'closed' : 'open'),
      /** The work of a password hash. Tests lower it. */
      PASSWORD_HASH_COST: z.enum(HASH_COSTS, 'is not full or low').default('full'),
      REQUIRE_VERIFIED_EMAIL: flag(),
      /** The first owner, created while there is none. */
      OWNER_EMAIL: z
        .string()
        .refine((value) => normalizeNewEmail(value) !== null, 'is not an e-mail address')
        .optional(),
      OWNER_PASSWORD: z.string().optional(),
      /** `smtp://user:password@host:587`. Without it, mails are written to files in MAIL_FOLDER, if that is set. */
      SMTP_URL: smtpUrl().optional(),
      MAIL_FOLDER: z.string().optional(),
      MAIL_FROM: sender().default('Subscribers <no-reply@localhost>'),
      /** The origin of the front end, for links in mails. */
      APP_URL: origin().default('http://127.0.0.1:4000'),
      /** Wrong passwords and password resets for one account within ATTEMPTS_SECONDS, from one address and from all. */
      ATTEMPTS_PER_ACCOUNT_AND_ADDRESS: wholeNumber(1, 1_000_000_000).default(10),
      ATTEMPTS_PER_ACCOUNT: wholeNumber(1, 1_000_000_000).default(50),
      /** Wrong passwords, registrations and requested mails from one client address within ATTEMPTS_SECONDS. */
      ATTEMPTS_PER_ADDRESS: wholeNumber(1, 1_000_000_000).default(100),
      ATTEMPTS_SECONDS: wholeNumber(1, 86_400).default(900),
      AUDIT_LOG_RETENTION_DAYS: wholeNumber(1, 36_500).default(365),
    },
    environment,
  );
  const faults = faultsTogether(config);
  if (faults.length > 0) throw new ConfigurationError(faults.join('\n'));
  return config;
}

/** The faults of variables that are valid on their own but not together. */
function faultsTogether(config: Config): string[] {
  const { OWNER_EMAIL, OWNER_PASSWORD, SIGNING_KEY_LEAD_MS, SIGNING_KEYS_REFRESH_MS } = config;
  const faults: string[] = [];
  if (config.NODE_ENV === 'production' && config.PASSWORD_HASH_COST !== 'full')
    faults.push('PASSWORD_HASH_COST must be full in production: a lower cost is for tests');
  if ((OWNER_EMAIL === undefined) !== (OWNER_PASSWORD === undefined))
    faults.push('OWNER_EMAIL and OWNER_PASSWORD must be set together: one of them is missing');
  // 0 is for a single process, which may sign with a key as soon as it has made it.
  if (SIGNING_KEY_LEAD_MS > 0 && SIGNING_KEY_LEAD_MS <= SIGNING_KEYS_REFRESH_MS)
    faults.push(
      'SIGNING_KEY_LEAD_MS must be longer than SIGNING_KEYS_REFRESH_MS, so that every replica has a new key before it signs',
    );
  return faults;
}

/** How long a new signing key is published before it signs. By default longer than gateways cache the key set. */
function signingKeyLead() {
  return wholeNumber(0, 86_400_000).default(600_000);
}

function flag() {
  return z
    .enum(['true', 'false'], 'is not true or false')
    .default('false')
    .transform((value) => value === 'true');
}

function smtpUrl() {
  return z
    .string()
    .refine(
      (value) =>
        URL.canParse(value) && /^smtps?:$/.test(new URL(value).protocol) && new URL(value).hostname !== '',
      'is not a URL such as smtp://user:password@mail.example.com:587',
    );
}

function sender() {
  return z.string().refine((value) => {
    const [first, ...others] = addressparser(value, { flatten: true });
    return first?.address.includes('@') && others.length === 0;
  }, 'is not a sender such as Subscribers <no-reply@example.com>');
}

export type Config = ReturnType<typeof readConfig>;

/**
 * Reads the part of the environment that migrations use.
 * @throws ConfigurationError
 */
export function readDatabaseUrl(environment: NodeJS.ProcessEnv = process.env): string {
  return readEnvironment({ DATABASE_URL: postgresUrl() }, environment).DATABASE_URL;
}

/**
 * Reads the part of the environment that the rotation of signing keys uses.
 * @throws ConfigurationError
 */
export function readKeyRotation(environment: NodeJS.ProcessEnv = process.env) {
  const shape = {
    DATABASE_URL: postgresUrl(),
    SIGNING_KEY_SECRET: secret(),
    SIGNING_KEY_SECRET_PREVIOUS: secret().optional(),
    SIGNING_KEY_LEAD_MS: signingKeyLead(),
  };
  return readEnvironment(shape, environment);
}
