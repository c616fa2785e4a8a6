import { describe, expect, test } from '@jest/globals';
import { LocalSupergraph } from './testing/local-supergraph.js';

const WHEELS: Record<string, object | undefined> = {
  c1: { __typename: 'Car', id: 'c1', seats: 5 },
  v1: { __typename: 'Van', id: 'v1', load: 900 },
};

/** Rentals know vehicles, but not which vehicles are cars. */
const garage = () =>
  new LocalSupergraph({
    rentals: {
      typeDefs: `
        type Query { rented: [Vehicle!]! }
        type Vehicle @key(fields: "id") @interfaceObject { id: ID! rate: Int! next: Vehicle }`,
      resolvers: {
        Query: { rented: () => [{ id: 'c1' }, { id: 'v1' }] },
        Vehicle: { rate: ({ id }: { id: string }) => (id === 'c1' ? 30 : 40), next: () => ({ id: 'v1' }) },
      },
    },
    vehicles: {
      typeDefs: `
        interface Vehicle @key(fields: "id") { id: ID! }
        type Car implements Vehicle @key(fields: "id") { id: ID! seats: Int! }
        type Van implements Vehicle @key(fields: "id") { id: ID! load: Int! }`,
      resolvers: {
        Vehicle: { __resolveReference: ({ id }: { id: string }) => WHEELS[id] ?? null },
        Car: { __resolveReference: ({ id }: { id: string }) => WHEELS[id] ?? null },
        Van: { __resolveReference: ({ id }: { id: string }) => WHEELS[id] ?? null },
      },
    },
  });

describe('an interface object', () => {
  test('needs no type when the selection does not depend on it', async () => {
    const supergraph = garage();
    const { data, errors } = await supergraph.run('{ rented { id rate ... on Vehicle { next { rate } } } }');
    expect([data, errors]).toEqual([
      {
        rented: [
          { id: 'c1', rate: 30, next: { rate: 40 } },
          { id: 'v1', rate: 40, next: { rate: 40 } },
        ],
      },
      undefined,
    ]);
    expect(supergraph.requests.length).toBe(1);
  });

  test('gets its type from the subgraph of the interface', async () => {
    const { data, errors } = await garage().run(
      '{ rented { kind: __typename rate ... on Car { seats } ... on Van { load next { __typename } } } }',
    );
    expect([data, errors]).toEqual([
      {
        rented: [
          { kind: 'Car', rate: 30, seats: 5 },
          { kind: 'Van', rate: 40, load: 900, next: { __typename: 'Van' } },
        ],
      },
      undefined,
    ]);
  });
});
