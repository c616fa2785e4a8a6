import './no-telemetry.js';
import { createLogger, startService } from '@kit/service';

import { Registry } from 'prom-client';
import {
  allowOrigins,
  GatewayModule,
  Load,
  Origins,
  readConfig,
  rejectOtherOrigins,
  rejectOverload,
  REQUEST_LIMIT,
  requestRejection,
  securityHeaders,
} from '@kit/gateway';

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
