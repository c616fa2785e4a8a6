import { composeServices } from '@apollo/composition';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { parse } from 'graphql';
import { FakeServer } from '../identity/testing/fake-server.js';
import { issuersKey, published } from '../identity/testing/issued.js';
import { until } from '../request/testing/until.js';
import { ServedGateway } from './testing/served-gateway.js';

let server: FakeServer;
let gateway: ServedGateway | undefined;
beforeEach(async () => {
  server = await FakeServer.start();
});
afterEach(async () => {
  await gateway?.stop();
  await server.stop();
});

const PARTIES = { issuer: 'issuer', audience: 'audience', claims: { sessionId: 'sid' } };
const revocations = (subgraph: string) => ({ subgraph, path: '/revoked' });
const supergraph = (...names: string[]) =>
  composeServices(
    names.map((name) => ({
      name,
      url: `${server.origin}/${name}`,
      typeDefs: parse(`type Query { ${name}: Int }`),
    })),
  ).supergraphSdl!;

test('revoked sessions come from the address in the supergraph when no other is given', async () => {
  server.answer = (url) => (url === '/keys.json' ? published(issuersKey()) : { body: '{"sessions":[]}' });
  gateway = await ServedGateway.start(supergraph('books'), {
    identity: { jwksUrl: `${server.origin}/keys.json`, ...PARTIES, revocations: revocations('books') },
  });
  expect(await gateway.checks()).toEqual({ keys: 'up', revocations: 'up' });
});

test('revoked sessions come from the new address when the supergraph changes that', async () => {
  server.answer = (url) => (url === '/keys.json' ? published(issuersKey()) : { body: '{"sessions":[]}' });
  gateway = await ServedGateway.start(supergraph('books'), {
    identity: { jwksUrl: `${server.origin}/keys.json`, ...PARTIES, revocations: revocations('books') },
  });
  const moved = await FakeServer.start();
  try {
    moved.answer = server.answer;
    await gateway.replaceSupergraph(supergraph('books').replaceAll(server.origin, moved.origin));
    await until(() => moved.received.some(({ url }) => url === '/revoked?after='));
  } finally {
    await moved.stop();
  }
});

test('a subgraph with the name of another check is reported beside it', async () => {
  server.answer = (url) => (url === '/keys.json' ? 'hang up' : { body: '{}' });
  gateway = await ServedGateway.start(supergraph('keys', 'revocations', 'books'), {
    subgraphs: (_, url) => ({ url, readyUrl: url }),
    identity: { jwksUrl: `${server.origin}/keys.json`, ...PARTIES, revocations: revocations('books') },
  });
  expect(await gateway.checks()).toEqual({
    keys: 'down',
    revocations: 'down',
    'subgraph keys': 'up',
    'subgraph revocations': 'up',
    books: 'up',
  });
});
