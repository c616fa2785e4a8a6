import { EventEmitter, on } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { respond } from './respond.js';

interface Airport {
  readonly code: string;
  readonly name: string;
  weather: string;
}

const airports: Airport[] = [
  { code: 'OSL', name: 'Oslo', weather: 'snow' },
  { code: 'LIS', name: 'Lisbon', weather: 'sun' },
];
const changes = new EventEmitter();

const typeDefs = parse(readFileSync(new URL('../airports.graphql', import.meta.url), 'utf8'));

const schema = buildSubgraphSchema({
  typeDefs,
  resolvers: {
    Query: { airports: () => airports },
    Mutation: {
      setWeather: (_: unknown, { code, weather }: Airport) => {
        const airport = airports.find((each) => each.code === code);
        if (!airport) return null;
        airport.weather = weather;
        changes.emit('weather', { ...airport });
        return airport;
      },
    },
    Subscription: {
      weatherChanged: {
        subscribe: () => on(changes, 'weather'),
        resolve: ([airport]: [Airport]) => airport,
      },
    },
    Airport: {
      __resolveReference: ({ code }: Airport) => airports.find((each) => each.code === code),
    },
  },
});

// Queries, and subscriptions over graphql-transport-ws at the same path.
const server = createServer((request, response) => void respond(schema, request, response));
useServer({ schema }, new WebSocketServer({ server }));
server.listen(Number(process.env['PORT']), '127.0.0.1');
