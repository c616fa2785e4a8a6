import { describe, expect, test } from '@jest/globals';
import { LocalSupergraph } from './testing/local-supergraph.js';

const PEOPLE: Record<string, { id: string; name: string; title: string } | undefined> = {
  p1: { id: 'p1', name: 'Ada', title: 'Countess' },
  p2: { id: 'p2', name: 'Bob', title: 'Mr' },
};

const library = () =>
  new LocalSupergraph({
    books: {
      typeDefs: `
        type Query { books(first: Int = 3): [Book!]! shelves: [[Book]] thing: Thing book: Book }
        type Mutation { add(name: String!): Book rename(name: String!): Book }
        union Thing = Book | Place
        interface Named { name: String }
        type Place implements Named { name: String size: Int }
        type Book implements Named @key(fields: "id") { id: ID! name: String author: Person }
        type Person @key(fields: "id") { id: ID! }`,
      resolvers: {
        Query: {
          books: (_: unknown, { first }: { first: number }) => BOOKS.slice(0, first),
          shelves: () => [[BOOKS[0], null], null, [BOOKS[1], BOOKS[2]]],
          thing: () => ({ __typename: 'Book', ...BOOKS[0] }),
          book: () => BOOKS[2],
        },
        Mutation: {
          add: (_: unknown, { name }: { name: string }) => ({ id: 'b9', name, author: { id: 'p1' } }),
          rename: (_: unknown, { name }: { name: string }) => ({ id: 'b8', name, author: { id: 'p2' } }),
        },
      },
    },
    people: {
      typeDefs: `
        type Query { me: Person }
        type Person @key(fields: "id") { id: ID! name: String! title: String address: Address friends: [Person!] }
        type Address { street: String city(long: Boolean = false): String! }`,
      resolvers: {
        Query: { me: () => PEOPLE['p1'] },
        Person: {
          __resolveReference: ({ id }: { id: string }) => PEOPLE[id] ?? null,
          address: ({ name }: { name: string }) => ({ street: `street of ${name}` }),
          friends: ({ id }: { id: string }) => (id === 'p1' ? [PEOPLE['p2']] : []),
        },
        Address: { city: (_: unknown, { long }: { long: boolean }) => (long ? 'London Town' : 'London') },
      },
    },
  });

const BOOKS = [
  { id: 'b1', name: 'One', author: { id: 'p1' } },
  { id: 'b2', name: 'Two', author: { id: 'p1' } },
  { id: 'b3', name: 'Three', author: { id: 'gone' } },
];

/** The value at a path of a result. */
const at = (data: unknown, ...path: (string | number)[]): unknown =>
  path.reduce((value, key) => (value as Record<string | number, unknown>)[key], data);

describe('a program', () => {
  test('joins data from several subgraphs in the order of the operation', async () => {
    const { data, errors } = await library().run(
      '{ books(first: 2) { author { title name } name __typename } me { name } }',
    );
    expect(errors).toBeUndefined();
    expect(JSON.stringify(data)).toBe(
      '{"books":[{"author":{"title":"Countess","name":"Ada"},"name":"One","__typename":"Book"},' +
        '{"author":{"title":"Countess","name":"Ada"},"name":"Two","__typename":"Book"}],"me":{"name":"Ada"}}',
    );
  });

  test('requests equal entities once', async () => {
    const supergraph = library();
    await supergraph.run('{ books(first: 2) { author { name } } }');
    const { variables } = supergraph.requests.find(({ subgraph }) => subgraph === 'people')!;
    expect(variables).toEqual({ representations: [{ __typename: 'Person', id: 'p1' }] });
  });

  test('merges lists of lists', async () => {
    const { data } = await library().run('{ shelves { id author { name } } }');
    const by = { name: 'Ada' };
    expect(data!['shelves']).toEqual([
      [{ id: 'b1', author: by }, null],
      null,
      [
        { id: 'b2', author: by },
        { id: 'b3', author: null },
      ],
    ]);
  });

  test('reports a null in a non-null place once, and names the field', async () => {
    const { data, errors } = await library().run('{ books { id author { name title } } }');
    expect(at(data, 'books', 2)).toEqual({ id: 'b3', author: null });
    expect(errors).toEqual([
      {
        message: 'Cannot return null for non-nullable field Person.name.',
        path: ['books', 2, 'author', 'name'],
        extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
      },
    ]);
  });

  test('leaves nullable fields of an unknown entity null, without an error', async () => {
    const { data, errors } = await library().run('{ book { author { title } } }');
    expect([data, errors]).toEqual([{ book: { author: { title: null } } }, undefined]);
  });

  test.each([
    ['{ books(first: 1) { author { id: name } } }', { id: 'Ada' }],
    ['{ books(first: 1) { author { id: title name: id } } }', { id: 'Countess', name: 'p1' }],
    ['{ books(first: 1) { author { alias__id: name id } } }', { alias__id: 'Ada', id: 'p1' }],
    [
      '{ books(first: 1) { author { constructor: name toString: id } } }',
      { constructor: 'Ada', toString: 'p1' },
    ],
    ['{ books(first: 1) { author { id: __typename name } } }', { id: 'Person', name: 'Ada' }],
  ])('keeps the keys of %s apart from the names of fields', async (query, author) => {
    const { data, errors } = await library().run(query);
    expect([at(data, 'books', 0, 'author'), errors]).toEqual([author, undefined]);
  });

  test('completes fragments that are nested in fragments on abstract types', async () => {
    const { data } = await library().run(`{ thing { ...A } }
      fragment A on Thing { ... on Named { ... on Book { name author { name } } ...B } }
      fragment B on Named { ... on Named { name } ... on Place { size } }`);
    expect(data!['thing']).toEqual({ name: 'One', author: { name: 'Ada' } });
  });

  test.each([
    [{}, { id: 'b1' }],
    [{ x: true }, { id: 'b1', name: 'One' }],
    [{ y: false }, { id: 'b1', author: { name: 'Ada' } }],
    [
      { x: true, y: false },
      { id: 'b1', name: 'One', author: { name: 'Ada' } },
    ],
  ])('follows @skip and @include with the variables %j', async (variables, book) => {
    const query = `query ($x: Boolean = false, $y: Boolean! = true) {
      books(first: 1) { id name @include(if: $x) author @skip(if: $y) { name title @skip(if: true) } } }`;
    const supergraph = library();
    expect((await supergraph.run(query, variables)).data!['books']).toEqual([book]);
    expect(supergraph.requests.length).toBe('author' in book ? 2 : 1);
  });

  test('sends variables only to the subgraphs that use them', async () => {
    const supergraph = library();
    const { data } = await supergraph.run(
      'query ($n: Int, $long: Boolean!) { books(first: $n) { author { address { city(long: $long) } } } }',
      { n: 1, long: true },
    );
    expect(data!['books']).toEqual([{ author: { address: { city: 'London Town' } } }]);
    expect(supergraph.requests.map(({ variables }) => Object.keys(variables))).toEqual([
      ['n'],
      ['representations', 'long'],
    ]);
  });

  test('allows a variable with the name of the planner’s own', async () => {
    const { data } = await library().run(
      'query ($representations: Boolean) { books(first: 1) { author { address { city(long: $representations) } } } }',
      { representations: true },
    );
    expect(data!['books']).toEqual([{ author: { address: { city: 'London Town' } } }]);
  });

  test('keeps variables apart whose names differ in the prefix of internal names', async () => {
    const { data } = await library().run(
      `query ($alias__a: Int, $a: Int, $representations: Int, $alias__representations: Int) {
        one: books(first: $alias__a) { id } two: books(first: $a) { id }
        none: books(first: $representations) { id } three: books(first: $alias__representations) { id } }`,
      { alias__a: 1, a: 2, representations: 0, alias__representations: 3 },
    );
    const lengths = Object.values(data!).map((books) => (books as unknown[]).length);
    expect(lengths).toEqual([1, 2, 0, 3]);
  });

  test('runs mutations one after the other', async () => {
    const supergraph = library();
    const { data } = await supergraph.run(
      'mutation { a: add(name: "x") { name author { name } } b: rename(name: "y") { author { name } } }',
    );
    expect(data).toEqual({ a: { name: 'x', author: { name: 'Ada' } }, b: { author: { name: 'Bob' } } });
  });
});

test('runs no further mutation when one has no result that it must have', async () => {
  const done: string[] = [];
  const mutation = (name: string, value: string | null) => () => (done.push(name), value);
  const supergraph = new LocalSupergraph({
    one: {
      typeDefs: 'type Query { one: Int } type Mutation { first: String! third: String }',
      resolvers: { Mutation: { first: mutation('first', null), third: mutation('third', 'x') } },
    },
    two: {
      typeDefs: 'type Query { two: Int } type Mutation { second: String }',
      resolvers: { Mutation: { second: mutation('second', null) } },
    },
  });
  const { data, errors } = await supergraph.run('mutation { second first alias: second third }');
  expect([data, errors!.map(({ path }) => path)]).toEqual([null, [['first']]]);
  expect(done.slice(0, 3)).toEqual(['second', 'first', 'second']);
  expect(new Set(done)).toEqual(new Set(['second', 'first']));
});

describe('an error of a subgraph', () => {
  test('is reported at every place where its entity stands', async () => {
    const supergraph = library();
    supergraph.respond = async ({ subgraph }, result) =>
      subgraph === 'people'
        ? { data: { _entities: [null] }, errors: [{ message: 'no', path: ['_entities', 0, 'alias__id'] }] }
        : result();
    const { data, errors } = await supergraph.run('{ books(first: 2) { author { id: title } } }');
    expect(data!['books']).toEqual([{ author: { id: null } }, { author: { id: null } }]);
    expect(errors!.map(({ path }) => path)).toEqual([
      ['books', 0, 'author', 'id'],
      ['books', 1, 'author', 'id'],
    ]);
  });
});

describe('a request that a subgraph rejects', () => {
  const rejected = { errors: [{ message: 'bad', extensions: { code: 'BAD_USER_INPUT' } }] };

  test.each([
    ['{ books { name } }', null],
    ['{ me { name } books { name } }', null],
    ['{ me { name } book { name } }', { me: { name: 'Ada' }, book: null }],
  ])('is the only error of %s', async (query, data) => {
    const supergraph = library();
    supergraph.respond = async ({ subgraph }, result) => (subgraph === 'books' ? rejected : result());
    expect(await supergraph.run(query)).toEqual({ data, ...rejected });
  });

  test('explains the nulls of all its fields, even if its error is about one', async () => {
    const supergraph = library();
    const error = { message: 'bad', path: ['book', 'name'] };
    supergraph.respond = async ({ subgraph }, result) =>
      subgraph === 'books' ? { data: null, errors: [error] } : result();
    expect((await supergraph.run('{ books { name } book { name } }')).errors).toEqual([error]);
  });

  test('that cannot be written has no other error either', async () => {
    let value: unknown = 1;
    for (let n = 0; n < 20_000; n += 1) value = [value];
    const { errors } = await library().run('query ($n: Int) { books(first: $n) { name } }', { n: value });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});

test('reports at most a thousand errors of a fetch', async () => {
  const supergraph = library();
  const books = Array.from({ length: 1_500 }, (_, n) => ({
    id: `b${n}`,
    author: { __typename: 'Person', id: 'p1' },
  }));
  supergraph.respond = async ({ subgraph }) =>
    subgraph === 'people'
      ? { data: { _entities: [null] }, errors: [{ message: 'no', path: ['_entities', 0] }] }
      : { data: { books } };
  const { data, errors } = await supergraph.run('{ books(first: 1500) { id author { name } } }');
  expect((data!['books'] as unknown[]).length).toBe(1_500);
  expect(errors!.filter(({ message }) => message === 'no').length).toBe(1_000);
  expect(errors!.length).toBe(1_500);
});

describe('a failed fetch', () => {
  test('is reported once, and makes its fields null', async () => {
    const supergraph = library();
    supergraph.respond = async ({ subgraph }, result) =>
      subgraph === 'people' ? Promise.reject(new Error('away')) : result();
    const { data, errors } = await supergraph.run('{ books { name author { name } } me { name } }');
    expect(data).toEqual({
      books: ['One', 'Two', 'Three'].map((name) => ({ name, author: null })),
      me: null,
    });
    expect(errors).toEqual([
      { message: 'away', path: ['books', 0, 'author'] },
      { message: 'away', path: ['me'] },
    ]);
  });

  test('of entities leaves the others alone', async () => {
    const supergraph = library();
    supergraph.respond = async ({ query }, result) => (query.includes('_entities') ? 5 : result());
    const { data, errors } = await supergraph.run('{ books(first: 1) { author { title } } me { title } }');
    expect(data).toEqual({ books: [{ author: { title: null } }], me: { title: 'Countess' } });
    expect(errors).toMatchObject([{ path: ['books', 0, 'author'] }]);
  });
});

test('names from documents and schemas are data', async () => {
  const supergraph = new LocalSupergraph({
    odd: {
      typeDefs: `type Query { constructor: Odd valueOf(a: String): String }
        type Odd @key(fields: "prototype") { prototype: ID! hasOwnProperty: String toString: Int } `,
      resolvers: {
        Query: { constructor: () => ({ prototype: 'p', hasOwnProperty: 'own' }), valueOf: () => 'v' },
      },
    },
    more: {
      typeDefs: 'type Odd @key(fields: "prototype") { prototype: ID! isPrototypeOf: [String!] }',
      resolvers: { Odd: { isPrototypeOf: ({ prototype }: { prototype: string }) => [prototype] } },
    },
  });
  const { data } = await supergraph.run(
    '{ constructor { hasOwnProperty isPrototypeOf prototype: toString } valueOf values: valueOf(a: "`${1}\\u2028") }',
  );
  expect(data).toEqual({
    constructor: { hasOwnProperty: 'own', isPrototypeOf: ['p'], prototype: null },
    valueOf: 'v',
    values: 'v',
  });
});
