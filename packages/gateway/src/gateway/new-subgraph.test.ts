import { composeServices } from '@apollo/composition';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'graphql';
import { pino } from 'pino';
import { until } from '../request/testing/until.js';
import { ServedGateway } from './testing/served-gateway.js';
import { ServedSubgraph } from './testing/served-subgraph.js';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';
const BOOKS = `${LINK} type Query { title: String }`;
const NOTES = `${LINK} type Query { note: String }`;

const addresses = new Map<string, string>();
const lines: string[] = [];
const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });

let books: ServedSubgraph;
let notes: ServedSubgraph;
let gateway: ServedGateway;
beforeAll(async () => {
  books = await ServedSubgraph.start(BOOKS, { Query: { title: () => 'Emma' } });
  notes = await ServedSubgraph.start(NOTES, { Query: { note: () => 'read it' } });
  addresses.set('books', books.url);
  gateway = await ServedGateway.start(composed({ books: BOOKS }), {
    logger,
    subgraphs: (name) => {
      const url = addresses.get(name);
      if (url === undefined) throw new Error(`${name.toUpperCase()}_URL is missing`);
      return { url };
    },
  });
});
afterAll(async () => {
  await gateway?.stop();
  await Promise.all([books?.stop(), notes?.stop()]);
});

function composed(subgraphs: Record<string, string>): string {
  const list = Object.entries(subgraphs).map(([name, text]) => ({ name, url: '', typeDefs: parse(text) }));
  return composeServices(list).supergraphSdl!;
}

test('a supergraph with a new subgraph is taken up once the subgraph has an address', async () => {
  await gateway.replaceSupergraph(composed({ books: BOOKS, notes: NOTES }));
  await until(() => lines.some((line) => line.includes('the new supergraph was rejected')));
  expect(lines.join('')).toContain('NOTES_URL is missing');
  expect((await gateway.ask('{ title }')).body).toEqual({ data: { title: 'Emma' } });

  addresses.set('notes', notes.url);
  await gateway.replaceSupergraph(composed({ notes: NOTES, books: BOOKS }) + '\n');
  await until(() => lines.some((line) => line.includes('the new supergraph is in use')));
  expect((await gateway.ask('{ title note }')).body).toEqual({ data: { title: 'Emma', note: 'read it' } });
});
