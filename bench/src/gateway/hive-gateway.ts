import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime';
import { unifiedGraphHandler } from '@graphql-hive/router-runtime';
import http from '@graphql-mesh/transport-http';
import { ownTask } from '../child.js';
import { type GatewayTask, NO_MERGING, subgraphHeaders } from './gateway-task.js';

/** Hive Gateway with its query planner in Rust, in one process. Its command line serves the same runtime. */
const task = ownTask() as GatewayTask;
const headers = subgraphHeaders(task);

const runtime = createGatewayRuntime({
  supergraph: readFileSync(task.supergraphFile, 'utf8')
    .replaceAll(', for: SECURITY', '')
    .replaceAll(/(?<!directive )@(authenticated\b|requiresScopes\([^)]*\))/g, ''),
  unifiedGraphHandler,
  transports: { http },
  transportEntries: Object.fromEntries(
    Object.entries(task.subgraphs).map(([name, { url }]) => [
      name,
      { location: url, options: { deduplicateInflightRequests: process.env[NO_MERGING] === undefined } },
    ]),
  ),
  propagateHeaders: { fromClientToSubgraphs: ({ subgraphName }) => headers(subgraphName) },
  logging: 'error',
  graphiql: false,
  landingPage: false,
});
await runtime.getSchema();
const server = createServer((request, response) => void runtime(request, response)).listen(
  task.port,
  '127.0.0.1',
);
await once(server, 'listening');
process.once('disconnect', () => process.exit(0));
process.send?.('listening');
