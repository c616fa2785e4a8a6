import { createGateway } from '@kit/gateway';
import { startService } from '@kit/service';

await startService('gateway', () =>
  createGateway({
    supergraph: { file: process.argv[2] ?? 'supergraph.graphql' },
    // The addresses are in the supergraph. The protocol of subscriptions is not.
    subgraphs: (name, url) => ({ url, subscriptions: name === 'flights' ? 'sse' : 'graphql-ws' }),
    listen: { port: Number(process.env['PORT'] ?? 4200) },
  }),
);
