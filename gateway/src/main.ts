import './no-telemetry.js';
import { createLogger } from '@supergraph/service/logger';
import { startService } from '@supergraph/service/start-service';
import { readConfig } from './config.js';
import { allowOrigins } from './cors.js';
import { GatewayModule } from './gateway.module.js';
import { REQUEST_LIMIT } from './live/transports/graphql-ws.js';

await startService('gateway', () => {
  const config = readConfig();
  const logger = createLogger('gateway', config.LOG_LEVEL);
  return {
    module: GatewayModule.with(config, logger),
    config,
    logger,
    bodyLimit: REQUEST_LIMIT,
    requestIds: 'made',
    beforeRoutes: (fastify) => allowOrigins(fastify, config.origins),
  };
});
