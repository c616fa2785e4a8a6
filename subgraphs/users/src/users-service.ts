import { createLogger, type ServiceDefinition, SUBGRAPH_BODY_LIMIT } from '@kit/service';

import { rejectUntrustedCallers, tokenVerifier } from '@kit/subgraph';
import { DataSource } from 'typeorm';
import { AppModule } from './app.module.js';
import type { Config } from './config.js';
import { openDatabase } from './database/open-database.js';
import { SigningKeys } from './keys/signing-keys.service.js';
import { Trimmer } from './maintenance/trimmer.js';
import { REVOKED_SESSIONS_PATH } from './sessions/revoked-sessions.controller.js';
import { FirstOwner } from './people/first-owner.js';
import { MailWorker } from './mail/mail-worker.js';

/** The definition of this service for `startService`. */
export function usersService(
  config: Config,
  logger = createLogger('users', config.LOG_LEVEL),
): ServiceDefinition {
  return {
    module: AppModule.with(config, logger),
    config,
    logger,
    bodyLimit: SUBGRAPH_BODY_LIMIT,
    requestIds: 'trust',
    polledPaths: [REVOKED_SESSIONS_PATH],
    beforeRoutes: (fastify) =>
      rejectUntrustedCallers(fastify, tokenVerifier('users', config), logger, [REVOKED_SESSIONS_PATH]),
    beforeListening: async (app) => {
      await openDatabase(app.get(DataSource), config.DATABASE_URL);
      await app.get(SigningKeys).load();
      await app.get(FirstOwner).make();
      app.get(Trimmer).start();
      app.get(MailWorker).start();
    },
  };
}
