export { allowOrigins, rejectOtherOrigins } from './edge/cors.js';
export { rejectOverload, securityHeaders } from './edge/edge-hooks.js';
export { Load } from './edge/load.js';
export { Origins } from './edge/origins.js';
export { readConfig } from './gateway/config.js';
export { GatewayModule } from './gateway/gateway.module.js';
export { requestRejection } from './operation/limits/request-values.js';
export { REQUEST_LIMIT } from './subscriptions/transports/graphql-ws.js';
