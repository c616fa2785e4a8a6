import { composeServices } from '@apollo/composition';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { parse } from 'graphql';
import { pino } from 'pino';
import type { SubgraphOptions } from '../subgraphs/subgraph-options.js';
import { until } from '../request/testing/until.js';
import { ServedGateway } from './testing/served-gateway.js';
import { ServedSubgraph } from './testing/served-subgraph.js';

const BOOKS = 'type Query { book: String }';
const PENS = 'type Query { pen: String }';
const served = (name: string) =>
  ServedSubgraph.start(`${BOOKS} extend type Query { pen: String }`, {
    Query: { book: () => name, pen: () => name },
  });

let one: ServedSubgraph;
let other: ServedSubgraph;
let gateway: ServedGateway | undefined;
let lines: string[];
beforeEach(async () => {
  [one, other] = [await served('one'), await served('other')];
});
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
  await one.stop();
  await other.stop();
});

const supergraph = (...subgraphs: [name: string, url: string, types: string][]) =>
  composeServices(subgraphs.map(([name, url, types]) => ({ name, url, typeDefs: parse(types) })))
    .supergraphSdl!;
const WRONG = 'http://127.0.0.1:1/graphql';

async function start(sdl: string, subgraphs?: (name: string, url: string) => SubgraphOptions) {
  lines = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  gateway = await ServedGateway.start(sdl, { logger, subgraphs });
}

const ask = async (query: string) => (await gateway!.ask(query)).body;

async function reload(sdl: string, outcome: string): Promise<void> {
  lines.length = 0;
  await gateway!.replaceSupergraph(sdl);
  await until(() => lines.some((line) => line.includes(outcome)));
}
const IN_USE = 'the new supergraph is in use';
const REJECTED = 'the new supergraph was rejected';

test('a subgraph moves to the address in the new supergraph, and back', async () => {
  await start(supergraph(['books', one.url, BOOKS]));
  for (const [{ url }, book] of [
    [other, 'other'],
    [one, 'one'],
  ] as const) {
    await reload(supergraph(['books', url, BOOKS]), IN_USE);
    expect(await ask('{ book }')).toEqual({ data: { book } });
  }
});

test('a subgraph stays where the options put it', async () => {
  const { url } = one;
  await start(supergraph(['books', WRONG, BOOKS]), () => ({ url }));
  await reload(supergraph(['books', `${WRONG}?v=2`, BOOKS]), IN_USE);
  expect(await ask('{ book }')).toEqual({ data: { book: 'one' } });
});

test('a rejected supergraph changes no address', async () => {
  await start(supergraph(['books', one.url, BOOKS]), (_, url) => ({ url, readyUrl: url }));
  const wrong = supergraph(['books', WRONG, BOOKS], ['pens', WRONG, PENS]);
  await reload(
    wrong.replace('schema\n', 'schema @link(url: "https://specs.apollo.dev/policy/v0.1")\n'),
    REJECTED,
  );
  expect(await ask('{ book }')).toEqual({ data: { book: 'one' } });
  expect(await gateway!.checks()).toEqual({ books: 'up' });
  await reload(supergraph(['books', one.url, BOOKS], ['pens', other.url, PENS]), IN_USE);
  expect(await ask('{ book pen }')).toEqual({ data: { book: 'one', pen: 'other' } });
});
