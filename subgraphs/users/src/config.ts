import { ACCESS_TOKEN_SECONDS } from '@supergraph/auth-context/access-token';
import {
  postgresUrl,
  readEnvironment,
  secret,
  serviceEnvironment,
  wholeNumber,
} from '@supergraph/service/environment';
import { z } from 'zod';
import { ROLES } from './roles.js';

/**
 * Everything that this service reads from its environment.
 * @throws ConfigurationError that names every bad or missing variable
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env) {
  return readEnvironment(
    {
      ...serviceEnvironment(4001),
      DATABASE_URL: postgresUrl(),
      DATABASE_POOL_SIZE: wholeNumber(1, 1_000).default(10),
      TXN_TOKEN_SECRET: secret(),
      TXN_TOKEN_SECRET_PREVIOUS: secret().optional(),
      SIGNING_KEY_SECRET: secret(),
      ACCESS_TOKEN_SECONDS: wholeNumber(1, ACCESS_TOKEN_SECONDS).default(ACCESS_TOKEN_SECONDS),
      DEFAULT_ROLE: z.enum(ROLES, `is not one of ${ROLES.join(', ')}`).default('EDITOR'),
    },
    environment,
  );
}

export type Config = ReturnType<typeof readConfig>;

/**
 * All that migrations need.
 * @throws ConfigurationError
 */
export function readDatabaseUrl(environment: NodeJS.ProcessEnv = process.env): string {
  return readEnvironment({ DATABASE_URL: postgresUrl() }, environment).DATABASE_URL;
}
