import './no-telemetry.js';
import { createLogger } from '@supergraph/service/logger';
import { startService } from '@supergraph/service/start-service';
import { readConfig } from './config.js';
import { allowOrigins } from './cors.js';
import { guardEdges } from './edges/edge-hooks.js';
import { Load } from './edges/load.js';
import { GatewayModule } from './gateway.module.js';
import { REQUEST_LIMIT } from './live/transports/graphql-ws.js';

await startService('gateway', () => {
  const config = readConfig();
  const logger = createLogger('gateway', config.LOG_LEVEL);
  const load = new Load({ inFlight: config.REQUESTS_IN_FLIGHT, delayMs: config.OVERLOAD_DELAY_MS });
  return {
    module: GatewayModule.with(config, load, logger),
    config,
    logger,
    bodyLimit: REQUEST_LIMIT,
    requestIds: 'made',
    beforeRoutes: (fastify) => {
      allowOrigins(fastify, config.origins);
      guardEdges(fastify, load, config.NODE_ENV === 'production');
    },
  };
});
