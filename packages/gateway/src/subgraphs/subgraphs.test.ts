import { afterEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { SubgraphOptions } from './subgraph-options.js';
import { Subgraphs } from './subgraphs.js';

const ONE = 'http://127.0.0.1:4001/graphql';
const OTHER = 'http://127.0.0.1:4002/graphql';

let subgraphs: Subgraphs;
afterEach(() => subgraphs.close());

function open(optionsOf: (name: string, url: string) => SubgraphOptions): void {
  const timeouts = { requestMs: 1_000, operationMs: 1_000, streamIdleMs: 60_000 };
  subgraphs = new Subgraphs({ optionsOf, firstUrlOf: () => ONE, timeouts }, pino({ level: 'silent' }));
}

test('a subgraph is connected again when a supergraph in use gives it another address', () => {
  open((_, url) => ({ url }));
  const first = subgraphs.connect('books', ONE);
  subgraphs.useCandidates();
  expect(subgraphs.connect('books', ONE)).toBe(first);
  const second = subgraphs.connect('books', OTHER);
  expect(second).not.toBe(first);
  expect(subgraphs.get('books')).toBe(first);
  expect(subgraphs.upstreams.get('books')).toBe(first.upstream);
  subgraphs.useCandidates();
  expect(subgraphs.get('books')).toBe(second);
  expect(subgraphs.upstreams.get('books')).toBe(second.upstream);
});

test('a subgraph stays connected when its options are the same at another address', () => {
  open(() => ({ url: ONE, secret: 'a secret of one subgraph, 32 bytes long or more' }));
  const first = subgraphs.connect('books', ONE);
  subgraphs.useCandidates();
  expect(subgraphs.connect('books', OTHER)).toBe(first);
});

test('a rejected supergraph leaves nothing behind, and closes nothing that is in use', async () => {
  open((_, url) => ({ url }));
  const first = subgraphs.connect('books', ONE);
  subgraphs.useCandidates();
  subgraphs.connect('books', OTHER);
  subgraphs.connect('pens', OTHER);
  await subgraphs.discardCandidates();
  subgraphs.useCandidates();
  expect([subgraphs.get('books'), subgraphs.get('pens')]).toEqual([first, undefined]);
});
