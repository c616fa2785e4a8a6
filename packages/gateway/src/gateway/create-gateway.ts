import { GRAPHQL_PATH, type ServiceDefinition } from '@kit/service';
import { Registry } from 'prom-client';
import { allowOrigins, rejectOtherOrigins } from '../edge/cors.js';
import { rejectOverload, securityHeaders } from '../edge/edge-hooks.js';
import { Load } from '../edge/load.js';
import { Origins } from '../edge/origins.js';
import { GRAPHQL_METHODS } from '../http/graphql-endpoint.js';
import { requestRejection } from '../operation/limits/request-values.js';
import { REQUEST_LIMIT } from '../subscriptions/transports/graphql-ws.js';
import { GatewayModule } from './gateway.module.js';
import type { GatewayOptions } from './gateway-options.js';
import { settingsOf } from './gateway-settings.js';

/**
 * Creates a gateway for a supergraph, to be run by `startService` (a process) or `createService` (a test).
 * @throws StartUpError when the supergraph or the manifest cannot be read
 */
export function createGateway(options: GatewayOptions): ServiceDefinition {
  const settings = settingsOf(options);
  const { production, logger, listen: config } = settings;
  const metrics = new Registry();
  const { routes } = settings.http;
  const paths = new Set([GRAPHQL_PATH, ...routes.map(({ path }) => path)]);
  const methods = [...GRAPHQL_METHODS, ...routes.map(({ method }) => method)];
  const open = new Set(routes.filter(({ anyOrigin }) => anyOrigin).map(({ path }) => path));
  const guarded = new Set([...paths].filter((path) => !open.has(path)));
  return {
    module: GatewayModule.with(settings, metrics),
    config,
    logger,
    bodyLimit: REQUEST_LIMIT,
    bodyRejection: requestRejection,
    requestIds: 'generate',
    metrics,
    headers: securityHeaders(production),
    beforeRoutes: (fastify, app) => {
      const origins = app.get(Origins, { strict: false });
      allowOrigins(fastify, origins, methods, open);
      rejectOverload(fastify, app.get(Load, { strict: false }), paths);
      rejectOtherOrigins(fastify, origins, guarded);
    },
  };
}
