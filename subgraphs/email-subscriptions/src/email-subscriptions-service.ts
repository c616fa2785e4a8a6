import { createLogger, type ServiceDefinition, SUBGRAPH_BODY_LIMIT } from '@kit/service';

import { rejectUntrustedCallers, tokenVerifier } from '@kit/subgraph';
import { Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import { AppModule } from './app.module.js';
import type { Config } from './config.js';
import { openDatabase } from './database/open-database.js';
import { EventLogModule } from './event-log/event-log.module.js';
import { LiveEndpoint } from './live/live-endpoint.js';
import { SubscriberStream } from './subscribers/stream/subscriber-stream.js';
import { MessageListener } from './tcp/message-listener.js';
import { tcpOptions } from './tcp/tcp-config.js';

/** The name of this subgraph in the supergraph, and the audience of its tokens. */
const NAME = 'email-subscriptions';

/** The service for `startService`, which builds the modules, opens the database and then accepts connections. */
export function emailSubscriptionsService(
  config: Config,
  logger = createLogger(NAME, config.LOG_LEVEL),
): ServiceDefinition {
  const verify = tokenVerifier(NAME, config);
  const tcp = tcpOptions(config, NAME);
  const metrics = new Registry();
  return {
    module: AppModule.with(config, logger, metrics),
    config,
    logger,
    metrics,
    bodyLimit: SUBGRAPH_BODY_LIMIT,
    requestIds: 'trust',
    beforeRoutes: (fastify) => rejectUntrustedCallers(fastify, verify, logger),
    beforeListening: async (app) => {
      await openDatabase(app.get(DataSource), config.DATABASE_URL);
      app.get(EventLogModule).start();
      await app.get(SubscriberStream).start();
      app.get(LiveEndpoint).attach(app.getHttpServer(), verify);
      if (tcp) await app.get(MessageListener).listen(app, tcp);
    },
  };
}
