import { describe, expect, test } from '@jest/globals';
import { LocalSupergraph, type LocalSubgraph } from '../testing/local-supergraph.js';

const SCREW = { __typename: 'Screw', id: 's1', pitch: 2, size: 4 };
const GLUE = { __typename: 'Glue', name: 'Bond', hours: 24, size: 7, maker: { id: 'm1' } };
const NAIL = { __typename: 'Nail', name: 'Long', length: 90, size: 5 };

const makers = 'type Maker @key(fields: "id") { id: ID! }';

/** Both subgraphs have kits and their boxes, but each box holds other parts. */
const kits: Record<string, LocalSubgraph> = {
  adhesives: {
    typeDefs: `
      type Query { glued: Kit }
      type Kit @key(fields: "id") { id: ID! box: Box @shareable }
      type Box @shareable { parts: [Part!]! }
      union Part = Screw | Glue
      type Screw @key(fields: "id") { id: ID! pitch: Int @shareable size: Int @shareable }
      type Glue { name(upper: Boolean = false): String hours: Int size: Int! @shareable maker: Maker kit: Kit content: Content }
      union Content = Resin | Water
      type Resin { grams: Int } type Water { liters: Int } ${makers}`,
    resolvers: {
      Query: { glued: () => ({ id: 'k1' }) },
      Kit: { box: () => ({ parts: [SCREW, GLUE] }) },
      Glue: {
        name: ({ name }: { name: string }, { upper }: { upper: boolean }) =>
          upper ? name.toUpperCase() : name,
        kit: () => ({ id: 'k1' }),
        content: () => ({ __typename: 'Resin', grams: 5 }),
      },
    },
  },
  fasteners: {
    typeDefs: `
      type Query { nailed: Kit }
      type Kit @key(fields: "id") { id: ID! box: Box @shareable list: [Part!]! }
      type Box @shareable { parts: [Part!]! }
      union Part = Screw | Nail
      type Screw @key(fields: "id") { id: ID! pitch: Int @shareable size: Int @shareable }
      type Nail { name: String length: Int size: Int! @shareable }`,
    resolvers: {
      Query: { nailed: () => ({ id: 'k2' }) },
      Kit: {
        __resolveReference: (kit: object) => kit,
        box: () => ({ parts: [SCREW, NAIL] }),
        list: () => [SCREW, NAIL],
      },
    },
  },
  makers: {
    typeDefs:
      'type Maker @key(fields: "id") { id: ID! city: String } type Nail { size: Int @shareable } type Glue { size: Int @shareable }',
    resolvers: { Maker: { city: () => 'Delft' } },
  },
};

const run = async (query: string, variables = {}) => {
  const supergraph = new LocalSupergraph(kits);
  const { data, errors } = await supergraph.run(query, variables);
  expect(errors).toBeUndefined();
  return { data, supergraph };
};

describe('a type that only one of two subgraphs has', () => {
  test('is complete in the subgraph that has it', async () => {
    const query = '{ glued { box { parts { ...F } } } nailed { box { parts { ...F } } } }';
    const fragment =
      'fragment F on Part { __typename ... on Screw { pitch } ... on Glue { hours } ... on Nail { length } }';
    const { data, supergraph } = await run(`${query} ${fragment}`);
    expect(supergraph.uncorrectedPlan(`${query} ${fragment}`)).not.toContain('hours');
    expect(data).toEqual({
      glued: {
        box: {
          parts: [
            { __typename: 'Screw', pitch: 2 },
            { __typename: 'Glue', hours: 24 },
          ],
        },
      },
      nailed: {
        box: {
          parts: [
            { __typename: 'Screw', pitch: 2 },
            { __typename: 'Nail', length: 90 },
          ],
        },
      },
    });
    expect(supergraph.requests.length).toBe(2);
  });

  test('keeps conditions, variables and keys', async () => {
    const query = `query ($yes: Boolean!, $no: Boolean!, $upper: Boolean) { glued { box { parts {
      ... on Glue @include(if: $yes) { id: name(upper: $upper) ... on Glue @skip(if: $yes) { hours }
        ... @include(if: $yes) { h: hours @skip(if: $no) } } } } } }`;
    const { data } = await run(query, { yes: true, no: false, upper: true });
    expect(data).toEqual({ glued: { box: { parts: [{}, { id: 'BOND', h: 24 }] } } });
  });

  test('has its objects, and those of abstract types', async () => {
    const { data } = await run(
      `{ glued { box { parts { ... on Glue { kit { id } maker { id }
        content { __typename ... on Resin { grams } ... on Water { liters } } } } } } }`,
    );
    expect(data).toEqual({
      glued: {
        box: {
          parts: [{}, { kit: { id: 'k1' }, maker: { id: 'm1' }, content: { __typename: 'Resin', grams: 5 } }],
        },
      },
    });
  });

  test('may return the same key with another type', async () => {
    const query = '{ nailed { list { ... on Screw { size } ... on Nail { size } } } }';
    const { data, supergraph } = await run(query);
    expect(supergraph.uncorrectedPlan(query)).toContain('size__alias_0: size');
    expect(data).toEqual({ nailed: { list: [{ size: 4 }, { size: 5 }] } });
  });

  test('is left out when its field cannot be in one operation with another one', async () => {
    const { data } = await run(
      '{ glued { box { parts { ... on Screw { size } ... on Glue { size hours } } } } }',
    );
    expect(data).toEqual({ glued: { box: { parts: [{ size: 4 }, { size: null, hours: 24 }] } } });
  });

  test('leaves a complete plan as it is', async () => {
    const supergraph = new LocalSupergraph(kits);
    const query = '{ glued { id box { parts { ... on Screw { pitch } } } } }';
    await supergraph.run(query);
    expect(supergraph.requests.map((request) => request.query)).toEqual([
      '{glued{id box{parts{__typename ...on Screw{pitch}}}}}',
    ]);
  });
});
