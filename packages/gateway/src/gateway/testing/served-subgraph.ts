import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { json } from 'node:stream/consumers';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { graphql, parse } from 'graphql';

type Resolvers = NonNullable<Exclude<Parameters<typeof buildSubgraphSchema>[0], readonly unknown[]>>;

/** A subgraph over HTTP. Its resolvers get the headers of the request as their context. */
export class ServedSubgraph {
  private constructor(private readonly server: Server) {}

  static async start(typeDefs: string, resolvers: object): Promise<ServedSubgraph> {
    const schema = buildSubgraphSchema([{ typeDefs: parse(typeDefs), resolvers }] as unknown as Resolvers);
    const server = createServer((request, response) => {
      // It is always ready.
      const responded = request.method === 'GET' ? Promise.resolve({}) : respond(request);
      void responded.then((result) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result));
      });
    });
    const respond = async (request: IncomingMessage) => {
      const { query, variables } = (await json(request)) as { query: string; variables?: object };
      const variableValues = variables as Record<string, unknown> | undefined;
      return graphql({
        schema,
        source: query,
        ...(variableValues && { variableValues }),
        contextValue: request.headers,
      });
    };
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new ServedSubgraph(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/graphql`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
