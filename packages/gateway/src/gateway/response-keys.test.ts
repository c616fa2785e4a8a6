import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ServedSupergraph } from './testing/served-supergraph.js';

interface Reference {
  readonly id: string;
  readonly place?: { readonly code: string; readonly city: { readonly name: string } };
  readonly size?: { readonly height: number };
  readonly weight?: number;
}

/** Exhibits with a compound, nested key, and a field that requires others. */
const museum = {
  exhibits: {
    typeDefs: `
      type Query { exhibit: Exhibit! exhibits: [Exhibit!]! }
      type Exhibit @key(fields: "id place { code city { name } }") {
        id: ID! title(language: String): String! place: Place! weight: Int! size(unit: String): Size! }
      type Place { code: ID! city: City! label: String }
      type City { name: String! country: String }
      type Size { height: Int! width: Int! }`,
    resolvers: {
      Query: { exhibit: () => exhibit('e1'), exhibits: () => [exhibit('e1'), exhibit('e2')] },
      Exhibit: {
        title: ({ id }: Reference, { language }: { language?: string }) => `${language ?? 'en'} ${id}`,
        size: (_: unknown, { unit }: { unit?: string }) =>
          unit === 'ft' ? { height: 30, width: 15 } : { height: 10, width: 5 },
      },
    },
  },
  shipping: {
    typeDefs: `
      type Exhibit @key(fields: "id place { code city { name } }") {
        id: ID! place: Place! weight: Int! @external size(unit: String): Size! @external
        crate: String! @requires(fields: "weight size { height }")
        address: String! }
      type Place { code: ID! city: City! } type City { name: String! }
      type Size { height: Int! @external }`,
    resolvers: {
      Exhibit: {
        crate: ({ weight, size }: Reference) => `${weight} kg, ${size?.height} m`,
        address: ({ id, place }: Reference) => `${id} at ${place?.code} in ${place?.city.name}`,
      },
    },
  },
};

function exhibit(id: string) {
  return {
    id,
    weight: 7,
    place: { code: `code-${id}`, label: 'Hall', city: { name: `city-${id}`, country: 'NL' } },
  };
}

const ADDRESS = 'e1 at code-e1 in city-e1';
const CRATE = '7 kg, 10 m';

let supergraph: ServedSupergraph;
beforeAll(async () => {
  supergraph = await ServedSupergraph.start(museum);
});
afterAll(() => supergraph?.stop());

describe('a key that a client chooses', () => {
  test.each([
    ['a key', 'id: title address', { id: 'en e1', address: ADDRESS }],
    [
      'a key whose value is another key',
      'place: id id: weight address',
      { place: 'e1', id: 7, address: ADDRESS },
    ],
    [
      'a field of a nested key',
      'address place { code: label city { name: country } }',
      { address: ADDRESS, place: { code: 'Hall', city: { name: 'NL' } } },
    ],
    [
      'an object of a nested key',
      'place { city: label code } address p: place { city { name } }',
      { place: { city: 'Hall', code: 'code-e1' }, address: ADDRESS, p: { city: { name: 'city-e1' } } },
    ],
    ['a required field', 'weight: title crate', { weight: 'en e1', crate: CRATE }],
    [
      'a required object',
      'crate size(unit: "ft") { height } weight',
      { crate: CRATE, size: { height: 30 }, weight: 7 },
    ],
    [
      'a field of a required object',
      'size { height: width width: height } crate',
      { size: { height: 5, width: 10 }, crate: CRATE },
    ],
    [
      'a key, for the type',
      'id: __typename kind: __typename address',
      { id: 'Exhibit', kind: 'Exhibit', address: ADDRESS },
    ],
    [
      'a required field, for a field of another subgraph',
      'weight: crate id: address',
      { weight: CRATE, id: ADDRESS },
    ],
    ['a field that requires it', 'crate: weight weight: crate', { crate: 7, weight: CRATE }],
  ])('may be the name of %s', async (_, selection, result) => {
    expect(await supergraph.ask(`{ exhibit { ${selection} } }`)).toEqual({ data: { exhibit: result } });
  });

  test('may be the same for different arguments in different places', async () => {
    const query = `{
      a: exhibits { title: title(language: "nl") ...F } exhibits { title address }
    } fragment F on Exhibit { size: size(unit: "ft") { h: height } crate }`;
    expect(await supergraph.ask(query)).toEqual({
      data: {
        a: ['e1', 'e2'].map((id) => ({ title: `nl ${id}`, size: { h: 30 }, crate: CRATE })),
        exhibits: ['e1', 'e2'].map((id) => ({
          title: `en ${id}`,
          address: `${id} at code-${id} in city-${id}`,
        })),
      },
    });
  });
});
