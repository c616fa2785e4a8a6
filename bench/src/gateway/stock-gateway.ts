import { readFileSync } from 'node:fs';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { ownTask } from '../child.js';
import { asGateway } from '../endpoint.js';
import type { Caller } from '../txn-token.js';

export interface StockGatewayTask {
  readonly supergraphFile: string;
  readonly port: number;
  readonly caller: Caller;
  readonly subgraphs: Readonly<Record<string, { url: string; secret: string }>>;
}

/**
 * Apollo's gateway with its own data source over the same subgraphs, as its documentation shows them. It authenticates
 * no clients and sends every request for one user.
 */
const task = ownTask() as StockGatewayTask;

class SignedDataSource extends RemoteGraphQLDataSource {
  private readonly credentials: ReturnType<typeof asGateway>;

  constructor(name: string, { url, secret }: StockGatewayTask['subgraphs'][string]) {
    super({ url });
    this.credentials = asGateway(name, secret, task.caller);
  }

  override willSendRequest({
    request,
  }: Parameters<NonNullable<RemoteGraphQLDataSource['willSendRequest']>>[0]): void {
    for (const [name, value] of Object.entries(this.credentials.headers())) {
      request.http?.headers.set(name, value);
    }
  }
}

const gateway = new ApolloGateway({
  // It does not load a supergraph with authorization directives, which it cannot enforce.
  supergraphSdl: readFileSync(task.supergraphFile, 'utf8').replaceAll(', for: SECURITY', ''),
  buildService: ({ name }) => {
    const subgraph = task.subgraphs[name];
    if (!subgraph) throw new Error(`no address of ${name}`);
    return new SignedDataSource(name, subgraph);
  },
});
await startStandaloneServer(new ApolloServer({ gateway }), {
  listen: { host: '127.0.0.1', port: task.port },
});
process.once('disconnect', () => process.exit(0));
process.send?.('listening');
