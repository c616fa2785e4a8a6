import { expect, test } from '@jest/globals';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { subgraphAddresses } from './subgraph-addresses.js';

const TYPES = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@shareable"])
  type Query { a: Int @shareable }
`);
const subgraph = (name: string, url: string) => ({ name, url, typeDefs: TYPES });

test('reads the name and the address of each subgraph, as they were composed', () => {
  const { supergraphSdl } = composeServices([
    subgraph('people', 'https://people.example.com:8443/v2/graphql?tenant=a'),
    subgraph('Orders-2', 'http://127.0.0.1:4200/suite/orders'),
    subgraph('no-address', ''),
  ]);
  expect(Object.fromEntries(subgraphAddresses(supergraphSdl!))).toEqual({
    people: 'https://people.example.com:8443/v2/graphql?tenant=a',
    'Orders-2': 'http://127.0.0.1:4200/suite/orders',
    'no-address': '',
  });
});

test('finds none in a schema that is not a supergraph', () => {
  expect(subgraphAddresses('type Query { a: Int }').size).toBe(0);
});
