import { describe, expect, test } from '@jest/globals';
import { LocalSupergraph } from '../testing/local-supergraph.js';

/** Offers know media by their ids, but not which types of media there are. */
const media = () =>
  new LocalSupergraph({
    shelves: {
      typeDefs: `
        interface Media @key(fields: "id") { id: ID! }
        type Book implements Media & Printed @key(fields: "id") { id: ID! pages: Int }
        type Film implements Media @key(fields: "id") { id: ID! minutes: Int }
        interface Printed { pages: Int }
        union Story = Book | Film`,
      resolvers: {
        Media: {
          __resolveReference: ({ id }: { id: string }) => ({ __typename: id === 'b' ? 'Book' : 'Film', id }),
        },
        Book: { pages: () => 300 },
        Film: { minutes: () => 90 },
      },
    },
    offers: {
      typeDefs: `
        type Query { offered: [Media!]! }
        type Media @key(fields: "id") @interfaceObject { id: ID! price: Int }`,
      resolvers: {
        Query: { offered: () => [{ id: 'b' }, { id: 'f' }] },
        Media: { price: ({ id }: { id: string }) => (id === 'b' ? 7 : 9) },
      },
    },
  });

describe('a fragment on an interface or a union', () => {
  test.each([
    ['... on Printed { pages }', [{ pages: 300 }, {}]],
    ['price ...Pages', [{ price: 7, pages: 300 }, { price: 9 }]],
    ['... on Story { ... on Printed { pages } ... on Film { minutes } }', [{ pages: 300 }, { minutes: 90 }]],
    [
      '... on Book { price ... on Story @skip(if: $no) { __typename } }',
      [{ price: 7, __typename: 'Book' }, {}],
    ],
    ['... on Printed @include(if: $no) { pages } price', [{ price: 7 }, { price: 9 }]],
  ])('matches the object types of an interface object: %s', async (selection, offered) => {
    const supergraph = media();
    const head = selection.includes('$no') ? 'query ($no: Boolean = false)' : '';
    const fragment = selection.includes('...Pages') ? 'fragment Pages on Printed { pages }' : '';
    const query = `${head} { offered { ${selection} } } ${fragment}`;
    expect(() => supergraph.uncorrectedPlan(query)).toThrow('We should have an edge from Media(offers)');
    expect(await supergraph.run(query)).toEqual({ data: { offered } });
  });

  test('matches objects of a field that subgraphs share, if they differ in the interface', async () => {
    const resolvers = { Query: { pets: () => [{ __typename: 'Fish', name: 'Nemo' }] } };
    const supergraph = new LocalSupergraph({
      cats: {
        typeDefs: `
          type Query { pets: [Pet] @shareable }
          union Pet = Cat | Bird | Fish
          interface Named { title: String }
          type Cat implements Named { title: String @shareable name: String @shareable }
          type Fish implements Named { title: String @shareable name: String @shareable }
          type Bird { age: Int @shareable }`,
        resolvers,
      },
      birds: {
        typeDefs: `
          type Query { pets: [Pet] @shareable }
          union Pet = Cat | Bird | Fish
          interface Named { title: String name: String }
          type Cat { title: String @shareable }
          type Bird implements Named { title: String name: String age: Int @shareable }
          type Fish implements Named { title: String @shareable name: String @shareable }`,
        resolvers,
      },
    });
    const query = '{ pets { ... on Named { name } } }';
    expect(() => supergraph.uncorrectedPlan(query)).toThrow('Was not able to find any options');
    expect(await supergraph.run(query)).toEqual({ data: { pets: [{ name: 'Nemo' }] } });
  });

  test('is rejected if it would be written for too many combinations of types', async () => {
    const kinds = Array.from({ length: 12 }, (_, n) => `Kind${n}`);
    const supergraph = new LocalSupergraph({
      kinds: {
        typeDefs: `
          interface Media @key(fields: "id") { id: ID! }
          ${kinds.map((each) => `type ${each} implements Media @key(fields: "id") { id: ID! }`).join(' ')}
          union Other = ${kinds.join(' | ')}`,
        resolvers: {},
      },
      links: {
        typeDefs:
          'type Query { media: Media } type Media @key(fields: "id") @interfaceObject { id: ID! next: Media }',
        resolvers: {},
      },
    });
    const nested = (levels: number): string =>
      levels === 0 ? '__typename' : `... on Other { ... on Media { next { ${nested(levels - 1)} } } }`;
    expect(() => supergraph.plan(`{ media { ${nested(1)} } }`)).not.toThrow();
    expect(() => supergraph.plan(`{ media { ${nested(4)} } }`)).toThrow('more than 2000 added selections');
  });

  test.each(['cat', 'pet'])('may never match because of the fragments around it, in a %s', async (field) => {
    const zoo = new LocalSupergraph({
      cats: {
        typeDefs: `
          type Query { cat: Cat pet: Pet }
          union Pet = Cat | Dog
          union Animal = Cat | Bird
          type Cat { name: String @shareable }
          type Dog { name: String @shareable }
          type Bird { age: Int }`,
        resolvers: {
          Query: {
            cat: () => ({ name: 'Tom' }),
            pet: () => ({ __typename: 'Cat', name: 'Tom' }),
          },
        },
      },
      birds: {
        typeDefs: 'type Query { animal: Animal } union Animal = Cat type Cat { name: String @shareable }',
        resolvers: {},
      },
    });
    const query = `query ($all: Boolean = true) {
      ${field} { ... on Cat { name } ... on Animal @include(if: $all) { ... on Pet { ... on Dog { name } } } }
    }`;
    expect(() => zoo.uncorrectedPlan(query)).toThrow('Cannot add fragment of condition "Dog"');
    expect(await zoo.run(query)).toEqual({ data: { [field]: { name: 'Tom' } } });
  });
});
