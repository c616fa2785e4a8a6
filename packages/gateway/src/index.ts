import './gateway/no-telemetry.js';

export { createGateway } from './gateway/create-gateway.js';
export type {
  GatewayLimits,
  GatewayOptions,
  ListenOptions,
  OriginsLists,
} from './gateway/gateway-options.js';
export type { GatewayRoute, RouteGateway } from './http/route.js';
export type { ClaimNames, IdentityOptions, RevocationOptions } from './identity/identity-options.js';
export { subgraphAddresses } from './schema/subgraph-addresses.js';
export { readSupergraph } from './schema/supergraph-file.js';
export type { SubgraphOptions, SubscriptionProtocol } from './subgraphs/subgraph-options.js';
