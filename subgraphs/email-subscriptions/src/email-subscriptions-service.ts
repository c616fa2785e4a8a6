import { SUBGRAPH_BODY_LIMIT } from '@supergraph/service/graphql-endpoint';
import { createLogger } from '@supergraph/service/logger';
import type { ServiceDefinition } from '@supergraph/service/start-service';
import { refuseUntrustedCallers, tokenVerifier } from '@supergraph/service/subgraph';
import { DataSource } from 'typeorm';
import { AppModule } from './app.module.js';
import type { Config } from './config.js';
import { openDatabase } from './database/open-database.js';
import { EventLogModule } from './event-log/event-log.module.js';
import { LiveEndpoint } from './live/live-endpoint.js';
import { SubscriberStream } from './subscribers/stream/subscriber-stream.js';

/** The service as `startService` runs it: wired, then the database opened and WebSockets taken. */
export function emailSubscriptionsService(
  config: Config,
  logger = createLogger('email-subscriptions', config.LOG_LEVEL),
): ServiceDefinition {
  const verify = tokenVerifier('email-subscriptions', config);
  return {
    module: AppModule.with(config, logger),
    config,
    logger,
    bodyLimit: SUBGRAPH_BODY_LIMIT,
    requestIds: 'taken',
    beforeRoutes: (fastify) => refuseUntrustedCallers(fastify, verify, logger),
    beforeListening: async (app) => {
      await openDatabase(app.get(DataSource), config.DATABASE_URL);
      app.get(EventLogModule).start();
      await app.get(SubscriberStream).start();
      app.get(LiveEndpoint).attach(app.getHttpServer(), verify);
    },
  };
}
