import type { GatewayRoute } from '@kit/gateway';

/** The subgraph that reads imports and writes exports. */
const SUBGRAPH = 'email-subscriptions';

/** Files of imports and exports. The token in the address is the right to one of them. */
export const fileRoutes: readonly GatewayRoute[] = (['GET', 'PUT'] as const).map((method) => ({
  method,
  path: '/files/:token',
  body: 'stream',
  headers: { 'cache-control': 'no-store', 'x-robots-tag': 'noindex' },
  handle(request, reply, gateway) {
    const { token } = request.params as { token: string };
    return gateway.stream(SUBGRAPH, { path: `/files/${encodeURIComponent(token)}` }, request, reply);
  },
}));
