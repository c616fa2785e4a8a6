import { readFileSync } from 'node:fs';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { ownTask } from './child.js';
import { type Caller, txnToken } from './txn-token.js';

/** What the process is told in its environment. */
export interface StockGatewayTask {
  readonly supergraphFile: string;
  readonly port: number;
  readonly caller: Caller;
  readonly subgraphs: Readonly<Record<string, { url: string; secret: string }>>;
}

const RESIGN_EVERY_MS = 20_000;

/**
 * What a user would run instead: Apollo's gateway and its own data source, as its documentation shows them, over the
 * same subgraphs. It authenticates nobody; it signs for one caller, three times a minute.
 */
const task = ownTask() as StockGatewayTask;

class SignedDataSource extends RemoteGraphQLDataSource {
  private token = '';

  constructor(name: string, { url, secret }: StockGatewayTask['subgraphs'][string]) {
    super({ url });
    const sign = () => (this.token = txnToken(name, secret, task.caller));
    sign();
    setInterval(sign, RESIGN_EVERY_MS).unref();
  }

  override willSendRequest({
    request,
  }: Parameters<NonNullable<RemoteGraphQLDataSource['willSendRequest']>>[0]): void {
    request.http?.headers.set('txn-token', this.token);
  }
}

const gateway = new ApolloGateway({
  // It refuses to load a supergraph whose authorization it does not know how to hold.
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
