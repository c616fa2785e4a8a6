import { describe, expect, test } from '@jest/globals';
import { LocalSupergraph } from '../testing/local-supergraph.js';

interface Sized {
  readonly id: string;
  readonly size: number;
  readonly box: { readonly depth: number };
}

interface Music {
  readonly id?: string;
  readonly year: number;
  readonly name: string;
}

/** Sizes are stored in meters. A quote is for a size in one unit. */
const workshop = () =>
  new LocalSupergraph({
    parts: {
      typeDefs: `
        type Query { parts: [Part!]! first: Item }
        interface Item { id: ID! size(unit: String!): Int }
        type Part implements Item @key(fields: "id") { id: ID! size(unit: String!): Int box: Box }
        type Box { depth(unit: String): Int }`,
      resolvers: {
        Query: {
          parts: () => [{ id: 'a' }, { id: 'b' }],
          first: () => ({ __typename: 'Part', id: 'a' }),
        },
        Part: { size, box: ({ id }: { id: string }) => ({ id }) },
        Box: { depth: size },
      },
    },
    quotes: {
      typeDefs: `
        type Part @key(fields: "id") {
          id: ID!
          size(unit: String!): Int @external
          box: Box @external
          metric: String @requires(fields: "size(unit: \\"m\\")")
          imperial: String @requires(fields: "size(unit: \\"ft\\")")
          label(prefix: String!): String @requires(fields: "size(unit: \\"ft\\")")
          boxed: String @requires(fields: "box { depth(unit: \\"ft\\") }")
          plain: String @requires(fields: "box { depth }")
          note: String
        }
        type Box { depth(unit: String): Int @external }`,
      resolvers: {
        Part: {
          metric: ({ size }: Sized) => `${size} m`,
          imperial: ({ size }: Sized) => `${size} ft`,
          label: ({ size }: Sized, { prefix }: { prefix: string }) => `${prefix} ${size}`,
          boxed: ({ box }: Sized) => `${box.depth} ft`,
          plain: ({ box }: Sized) => `${box.depth}`,
          note: ({ id }: Sized) => `note of ${id}`,
        },
      },
    },
  });

function size({ id }: { id: string }, { unit = 'm' }: { unit?: string }): number {
  return (id === 'a' ? 10 : 20) * (unit === 'ft' ? 3 : 1);
}

describe('required fields with arguments', () => {
  test('are separate fields for different arguments', async () => {
    const supergraph = workshop();
    const query = '{ parts { metric imperial note } }';
    expect(supergraph.uncorrectedPlan(query)).not.toContain('size(unit: "m")');
    const { data, errors } = await supergraph.run(query);
    expect([data, errors]).toEqual([
      {
        parts: [
          { metric: '10 m', imperial: '30 ft', note: 'note of a' },
          { metric: '20 m', imperial: '60 ft', note: 'note of b' },
        ],
      },
      undefined,
    ]);
  });

  test('are requested in one fetch, and sent in one fetch for each value', async () => {
    const supergraph = workshop();
    await supergraph.run('query ($p: String!) { parts { metric imperial label(prefix: $p) note } }', {
      p: 'x',
    });
    const sent = supergraph.requests.map(({ query, variables }) => [
      query.replace(/^query.*?\)/, ''),
      Object.keys(variables),
    ]);
    const entities = (fields: string) =>
      `{_entities(representations:$representations){...on Part{${fields}}}}`;
    expect(sent).toEqual([
      ['{parts{__typename id required1_size:size(unit:"ft")required0_size:size(unit:"m")}}', []],
      [entities('metric note'), ['representations']],
      [entities('imperial label(prefix:$p)'), ['representations', 'p']],
    ]);
  });

  test('differ from the same field without arguments, at any depth', async () => {
    const { data } = await workshop().run('{ parts { boxed plain } }');
    expect(data!['parts']).toEqual([
      { boxed: '30 ft', plain: '10' },
      { boxed: '60 ft', plain: '20' },
    ]);
  });

  test('differ from the fields that a client selects', async () => {
    const { data } = await workshop().run(
      `{ first { size(unit: "m") required0_size: id ... on Part { imperial label(prefix: "<") box { depth } boxed } } }`,
    );
    expect(data!['first']).toEqual({
      size: 10,
      required0_size: 'a',
      imperial: '30 ft',
      label: '< 30',
      box: { depth: 10 },
      boxed: '30 ft',
    });
  });
});

describe('required fields with arguments of an interface', () => {
  const gardens = () =>
    new LocalSupergraph({
      beds: {
        typeDefs: `
          type Query { bed: Bed }
          type Bed @key(fields: "id") { id: ID! plants(first: Int!): [Plant!]! }
          interface Plant { height(unit: String!): Int! }
          type Rose implements Plant { height(unit: String!): Int! thorns: Int }
          type Oak implements Plant { height(unit: String!): Int! }`,
        resolvers: {
          Query: { bed: () => ({ id: 'b' }) },
          Bed: {
            plants: (_: unknown, { first }: { first: number }) =>
              [{ __typename: 'Rose', thorns: 9 }, { __typename: 'Oak' }].slice(0, first),
          },
          Rose: { height: (_: unknown, { unit }: { unit: string }) => (unit === 'cm' ? 100 : 1) },
          Oak: { height: (_: unknown, { unit }: { unit: string }) => (unit === 'cm' ? 2000 : 20) },
        },
      },
      shade: {
        typeDefs: `
          type Bed @key(fields: "id") {
            id: ID!
            plants(first: Int!): [Plant!]! @external
            shade: String @requires(fields: "plants(first: 2) { height(unit: \\"cm\\") ... on Rose { thorns } }")
            first: String @requires(fields: "plants(first: 1) { height(unit: \\"m\\") }") }
          interface Plant { height(unit: String!): Int! }
          type Rose implements Plant @external { height(unit: String!): Int! thorns: Int }
          type Oak implements Plant @external { height(unit: String!): Int! }`,
        resolvers: {
          Bed: {
            shade: ({ plants }: { plants: unknown }) => JSON.stringify(plants),
            first: ({ plants }: { plants: unknown }) => JSON.stringify(plants),
          },
        },
      },
    });

  test('are separate at each level, for all its types', async () => {
    const { data, errors } = await gardens().run(
      '{ bed { plants(first: 1) { height(unit: "m") } first shade } }',
    );
    expect(errors).toBeUndefined();
    const { plants, first, shade } = data!['bed'] as Record<string, string>;
    expect(plants).toEqual([{ height: 1 }]);
    expect([first, shade].map((text) => JSON.parse(text!) as unknown)).toEqual([
      [expect.objectContaining({ height: 1 })],
      [expect.objectContaining({ height: 100, thorns: 9 }), expect.objectContaining({ height: 2000 })],
    ]);
  });
});

describe('a subgraph with a key that it does not resolve', () => {
  const RECORDS: Record<string, object | undefined> = {
    r1: { id: 'r1', code: 'x', year: 1971, name: 'Blue' },
  };
  const records = () =>
    new LocalSupergraph({
      shop: {
        typeDefs: `
          type Query { records: [Record!]! }
          type Record @key(fields: "code", resolvable: false) @key(fields: "id year") {
            id: ID! year: Int! code: ID! name: String @external slogan: String @requires(fields: "name") }`,
        resolvers: {
          Query: { records: () => [RECORDS['r1']].map((record) => ({ ...record, name: undefined })) },
          Record: {
            __resolveReference: (reference: Music) => {
              if (reference.id === undefined) throw new Error('this key is not resolvable');
              return reference;
            },
            slogan: ({ name, year }: Music) => `${name} of ${year}`,
          },
        },
      },
      names: {
        typeDefs: `type Record @key(fields: "id") { id: ID! name: String }`,
        resolvers: { Record: { __resolveReference: ({ id }: { id: string }) => RECORDS[id] ?? null } },
      },
    });

  test('is entered with another key', async () => {
    const supergraph = records();
    const query = '{ records { slogan } }';
    expect(supergraph.uncorrectedPlan(query)).toContain('{ ... on Record { __typename name code } }');
    const { data, errors } = await supergraph.run(query);
    expect([data, errors]).toEqual([{ records: [{ slogan: 'Blue of 1971' }] }, undefined]);
  });
});
