import { createGateway } from '@kit/gateway';

const gateway = await createGateway({
  supergraph: { file: process.argv[2] ?? 'supergraph.graphql' },
  // `url` is the address in the supergraph. Only the protocol of subscriptions is not written there.
  subgraphs: (name, url) => ({ url, subscriptions: name === 'flights' ? 'sse' : 'graphql-ws' }),
});
await gateway.listen(Number(process.env['PORT'] ?? 4200));
