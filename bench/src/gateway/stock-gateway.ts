import { readFileSync } from 'node:fs';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { ownTask } from '../child.js';
import { type GatewayTask, subgraphHeaders } from './gateway-task.js';

/** Apollo's gateway with its own data source, as its documentation shows them. */
const task = ownTask() as GatewayTask;
const headers = subgraphHeaders(task);

class SignedDataSource extends RemoteGraphQLDataSource {
  constructor(private readonly name: string) {
    super({ url: task.subgraphs[name]?.url });
  }

  override willSendRequest({
    request,
  }: Parameters<NonNullable<RemoteGraphQLDataSource['willSendRequest']>>[0]): void {
    for (const [name, value] of Object.entries(headers(this.name))) request.http?.headers.set(name, value);
  }
}

const gateway = new ApolloGateway({
  // It does not load a supergraph with authorization directives, which it cannot enforce.
  supergraphSdl: readFileSync(task.supergraphFile, 'utf8').replaceAll(', for: SECURITY', ''),
  buildService: ({ name }) => new SignedDataSource(name),
});
await startStandaloneServer(new ApolloServer({ gateway }), {
  listen: { host: '127.0.0.1', port: task.port },
});
process.once('disconnect', () => process.exit(0));
process.send?.('listening');
