import { afterEach, describe, expect, test } from '@jest/globals';
import { ServedSupergraph } from './testing/served-supergraph.js';

/** Reviews are in one subgraph, and what they know of their films in another one. */
const cinema = (titles: Record<string, string | null | undefined>) =>
  ServedSupergraph.start({
    reviews: {
      typeDefs: `
        type Query { review: Review reviews: [Review!] best: [Review] films: [Film!]! }
        type Review { stars: Int film: Film! seenWith: Film }
        type Film @key(fields: "id") { id: ID! }`,
      resolvers: {
        Query: {
          review: () => review('f1'),
          reviews: () => [review('f1'), review('f2')],
          best: () => [review('f1'), review('f2')],
          films: () => [{ id: 'f1' }, { id: 'f2' }],
        },
      },
    },
    films: {
      typeDefs: `
        type Query { open: Int }
        type Film @key(fields: "id") { id: ID! title: String! year: Int tags: [String!] cast: [Person!]! }
        type Person { name: String }`,
      resolvers: {
        Query: { open: () => 3 },
        Film: {
          __resolveReference: ({ id }: { id: string }) => {
            const title = titles[id];
            // Null says that there is no such film. The title is not checked by a subgraph that has no film.
            return title === null ? null : { id, title, year: 1950, tags: ['old'], cast: [{ name: 'Ann' }] };
          },
        },
      },
    },
  });

const review = (id: string) => ({ stars: 5, film: { id }, seenWith: { id } });

let supergraph: ServedSupergraph;
afterEach(() => supergraph?.stop());

const noTitle = (...path: (string | number)[]) => ({
  message: 'Cannot return null for non-nullable field Film.title.',
  path,
  extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
});

describe('an entity that a subgraph does not know', () => {
  test('makes its non-null parents null, with an error at the field', async () => {
    supergraph = await cinema({ f1: null, f2: 'Two' });
    expect(await supergraph.ask('{ review { stars film { title } } }')).toEqual({
      data: { review: null },
      errors: [noTitle('review', 'film', 'title')],
    });
  });

  test('makes a list of non-null items null, with one error', async () => {
    supergraph = await cinema({ f1: 'One', f2: null });
    expect(await supergraph.ask('{ reviews { film { title id } } open }')).toEqual({
      data: { reviews: null, open: 3 },
      errors: [noTitle('reviews', 1, 'film', 'title')],
    });
  });

  test('makes only its own item of a list null', async () => {
    supergraph = await cinema({ f1: 'One', f2: null });
    expect(await supergraph.ask('{ best { film { t: title } } }')).toEqual({
      data: { best: [{ film: { t: 'One' } }, null] },
      errors: [noTitle('best', 1, 'film', 't')],
    });
  });

  test('leaves its nullable fields null without an error', async () => {
    supergraph = await cinema({ f1: 'One', f2: null });
    expect(await supergraph.ask('{ best { film { year id } seenWith { id } } }')).toEqual({
      data: {
        best: [
          { film: { year: 1950, id: 'f1' }, seenWith: { id: 'f1' } },
          { film: { year: null, id: 'f2' }, seenWith: { id: 'f2' } },
        ],
      },
    });
  });

  test('has an error for each place that is null', async () => {
    supergraph = await cinema({ f1: null, f2: null });
    expect(await supergraph.ask('{ best { seenWith { title year } film { title } } }')).toEqual({
      data: { best: [null, null] },
      errors: [
        noTitle('best', 0, 'seenWith', 'title'),
        noTitle('best', 0, 'film', 'title'),
        noTitle('best', 1, 'seenWith', 'title'),
        noTitle('best', 1, 'film', 'title'),
      ],
    });
  });
});

describe('an error of a subgraph', () => {
  test('is the only one for the nulls that it causes', async () => {
    supergraph = await cinema({ f1: undefined, f2: 'Two' });
    const { data, errors } = await supergraph.ask('{ best { film { title year } } }');
    expect(data).toEqual({ best: [null, { film: { title: 'Two', year: 1950 } }] });
    expect(errors).toEqual([expect.objectContaining({ path: ['best', 0, 'film', 'title'] })]);
  });
});

describe('a subgraph that is down', () => {
  test('has one error for a fetch, and makes its places null', async () => {
    supergraph = await cinema({ f1: 'One', f2: 'Two' });
    await supergraph.stopSubgraph('films');
    const { data, errors } = await supergraph.ask(
      '{ best { stars film { title } seenWith { year } } films { id } }',
    );
    expect(data).toEqual({ best: [null, null], films: [{ id: 'f1' }, { id: 'f2' }] });
    expect(errors).toEqual([
      expect.objectContaining({ path: ['best', 0, 'film'] }),
      expect.objectContaining({ path: ['best', 0, 'seenWith'] }),
    ]);
  });

  test('makes all data null when a root list must have items', async () => {
    supergraph = await cinema({ f1: 'One', f2: 'Two' });
    await supergraph.stopSubgraph('films');
    const { data, errors } = await supergraph.ask('{ films { id title } }');
    expect(data).toBeNull();
    expect(errors).toEqual([expect.objectContaining({ path: ['films', 0] })]);
  });
});
