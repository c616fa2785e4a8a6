import { postgresUrl, readEnvironment, secret, serviceEnvironment, wholeNumber } from '@kit/service';
import { tcpEnvironment } from './tcp/tcp-config.js';

/**
 * Reads all environment variables of this service.
 * @throws ConfigurationError that names every invalid or missing variable
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env) {
  return readEnvironment(
    {
      ...serviceEnvironment(4002),
      DATABASE_URL: postgresUrl(),
      DATABASE_POOL_SIZE: wholeNumber(1, 1_000).default(10),
      TXN_TOKEN_SECRET: secret(),
      TXN_TOKEN_SECRET_PREVIOUS: secret().optional(),
      CURSOR_SECRET: secret(),
      EVENT_LOG_RETENTION_HOURS: wholeNumber(1, 8_760).default(168),
      ...tcpEnvironment(),
    },
    environment,
  );
}

export type Config = ReturnType<typeof readConfig>;

/**
 * Reads the only variable that migrations need.
 * @throws ConfigurationError
 */
export function readDatabaseUrl(environment: NodeJS.ProcessEnv = process.env): string {
  return readEnvironment({ DATABASE_URL: postgresUrl() }, environment).DATABASE_URL;
}
