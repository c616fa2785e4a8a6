import { EventEmitter, on } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { createHandler } from 'graphql-sse/lib/use/http';
import { respond } from './respond.js';

interface Flight {
  readonly number: string;
  gate: string;
  readonly to: { readonly code: string };
}

const flights: Flight[] = [
  { number: 'KT100', gate: 'A1', to: { code: 'OSL' } },
  { number: 'KT200', gate: 'B2', to: { code: 'LIS' } },
];
const changes = new EventEmitter();

const typeDefs = parse(readFileSync(new URL('../flights.graphql', import.meta.url), 'utf8'));

const schema = buildSubgraphSchema({
  typeDefs,
  resolvers: {
    Query: { flights: () => flights },
    Mutation: {
      moveFlight: (_: unknown, { number, gate }: Flight) => {
        const flight = flights.find((each) => each.number === number);
        if (!flight) return null;
        flight.gate = gate;
        changes.emit('moved', { ...flight });
        return flight;
      },
    },
    Subscription: {
      flightMoved: {
        subscribe: () => on(changes, 'moved'),
        resolve: ([flight]: [Flight]) => flight,
      },
    },
    Flight: {
      __resolveReference: ({ number }: Flight) => flights.find((each) => each.number === number),
    },
    Airport: {
      __resolveReference: ({ code }: Flight['to']) => ({ code }),
      arrivals: ({ code }: Flight['to']) => flights.filter(({ to }) => to.code === code),
    },
  },
});

const stream = createHandler({ schema });

// Queries, and subscriptions as server-sent events at the same path.
createServer((request, response) => {
  const isStream = request.headers.accept === 'text/event-stream';
  void (isStream ? stream(request, response) : respond(schema, request, response));
}).listen(Number(process.env['PORT']), '127.0.0.1');
