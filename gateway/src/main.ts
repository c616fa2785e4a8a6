import './no-telemetry.js';
import { createLogger } from '@supergraph/service/logger';
import { startService } from '@supergraph/service/start-service';
import { Registry } from 'prom-client';
import { readConfig } from './config.js';
import { allowOrigins, rejectOtherOrigins } from './edges/cors.js';
import { rejectOverload, securityHeaders } from './edges/edge-hooks.js';
import { Load } from './edges/load.js';
import { GatewayModule } from './gateway.module.js';
import { requestRejection } from './limits/request-values.js';
import { REQUEST_LIMIT } from './subscriptions/transports/graphql-ws.js';
import { Origins } from './edges/origins.js';

await startService('gateway', () => {
  const config = readConfig();
  const logger = createLogger('gateway', config.LOG_LEVEL);
  const load = new Load({ inFlight: config.REQUESTS_IN_FLIGHT, delayMs: config.OVERLOAD_DELAY_MS });
  const production = config.NODE_ENV === 'production';
  const origins = new Origins({ ...config.origins, production, logger });
  const metrics = new Registry();
  return {
    module: GatewayModule.with(config, load, origins, metrics, logger),
    config,
    logger,
    bodyLimit: REQUEST_LIMIT,
    bodyRejection: requestRejection,
    requestIds: 'generate',
    metrics,
    headers: securityHeaders(production),
    beforeRoutes: (fastify) => {
      allowOrigins(fastify, origins);
      rejectOverload(fastify, load);
      rejectOtherOrigins(fastify, origins);
    },
  };
});
