import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { json } from 'node:stream/consumers';
import type { Engine, RunningSubgraph } from '@supergraph/tools/differential/engine';
import {
  graphql,
  print,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLFormattedError,
  type GraphQLSchema,
} from 'graphql';
import { pino } from 'pino';
import { ServedGateway } from './served-gateway.js';

/** The first request of a document is interpreted, and later ones are compiled. */
const REQUESTS = 2;

/** Executes operations with the gateway, which asks the subgraphs over HTTP. */
export async function startGateway(
  supergraphSdl: string,
  subgraphs: readonly RunningSubgraph[],
): Promise<Engine> {
  const servers = new Map<string, Server>();
  for (const { name, schema } of subgraphs) servers.set(name, await serve(schema));
  const urlOf = (name: string) => `http://127.0.0.1:${(servers.get(name)!.address() as AddressInfo).port}/`;
  const logged: string[] = [];
  const gateway = await ServedGateway.start(supergraphSdl, {
    subgraphs: (name) => ({ url: urlOf(name) }),
    logger: pino({ level: 'error' }, { write: (line) => void logged.push(line) }),
    limits: { cost: 1e12, rateLimitOperations: 0, overloadDelayMs: 60_000 },
  });
  return {
    async execute(document: DocumentNode, variables): Promise<readonly ExecutionResult[]> {
      const body = JSON.stringify({ query: print(document), variables });
      const results: ExecutionResult[] = [];
      for (let request = 0; request < REQUESTS; request++) {
        const response = await fetch(`${gateway.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        });
        const result = (await response.json()) as ExecutionResult;
        // The limits of documents are the gateway's own.
        if (result.errors?.some(({ extensions }) => extensions?.['limit'] !== undefined)) return [];
        // A failure of the gateway itself has no path.
        const isThrown = ({ path, extensions }: GraphQLFormattedError) =>
          path === undefined && extensions?.['code'] === 'INTERNAL_SERVER_ERROR';
        if (result.errors?.some(isThrown)) throw new Error(logged.at(-1));
        results.push(result);
      }
      return results;
    },
    async close() {
      await gateway.stop();
      for (const server of servers.values()) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

async function serve(schema: GraphQLSchema): Promise<Server> {
  const server = createServer((request, response) => {
    const execute = async () => {
      if (request.method === 'GET') return {};
      const { query, variables } = (await json(request)) as { query: string; variables?: object };
      return graphql({ schema, source: query, variableValues: { ...variables } });
    };
    void execute().then((result) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result)),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}
