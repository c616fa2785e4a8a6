import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { LocalSupergraph } from './testing/local-supergraph.js';

const RealFunction = Function;
/** The number of times that code was generated. */
let generated: number;
beforeEach(() => {
  generated = 0;
  globalThis.Function = new Proxy(RealFunction, {
    construct(target, given: string[]) {
      generated += 1;
      return Reflect.construct(target, given);
    },
  });
});
afterEach(() => {
  globalThis.Function = RealFunction;
});

const letters = () =>
  new LocalSupergraph({
    letters: {
      typeDefs: 'type Query { a: String b: Letter } type Letter { c: String! d: [String!] }',
      resolvers: { Query: { a: () => 'A', b: () => ({ c: 'C', d: ['D'] }) } },
    },
  });

const run = async (supergraph: LocalSupergraph, program: ReturnType<LocalSupergraph['program']>) => {
  const { fetch } = supergraph;
  return program.run({ variables: {}, context: null, fetch });
};

describe('a program', () => {
  test('is interpreted at its first use, and compiled at the second one', async () => {
    const supergraph = letters();
    const program = supergraph.program('{ a b { c d } }');
    await run(supergraph, program);
    expect(generated).toBe(0);
    await run(supergraph, program);
    // The check of the answer, and the response.
    expect(generated).toBe(2);
    await run(supergraph, program);
    expect(generated).toBe(2);
  });

  test('is compiled for each combination of the values in @skip and @include that is used twice', async () => {
    const supergraph = letters();
    const program = supergraph.program('query ($x: Boolean = false) { a b @include(if: $x) { c } }');
    const { fetch } = supergraph;
    for (const x of [true, true, false]) await program.run({ variables: { x }, context: null, fetch });
    expect(generated).toBe(2);
    await program.run({ variables: {}, context: null, fetch });
    expect(generated).toBe(3);
  });

  test('is right for more combinations than it keeps', async () => {
    const supergraph = letters();
    const names = ['v1', 'v2', 'v3', 'v4', 'v5'];
    const program = supergraph.program(
      `query (${names.map((name) => `$${name}: Boolean!`).join()}) {
        ${names.map((name) => `${name}: a @skip(if: $${name})`).join(' ')} }`,
    );
    const { fetch } = supergraph;
    for (let n = 0; n < 128; n += 1) {
      const variables = Object.fromEntries(names.map((name, bit) => [name, ((n >> (bit + 1)) & 1) === 1]));
      const { data } = await program.run({ variables, context: null, fetch });
      expect(data).toEqual(
        Object.fromEntries(names.flatMap((name) => (variables[name] ? [] : [[name, 'A']]))),
      );
    }
    // The check of the answer, and the first 16 of the 32 combinations, although all were used twice in a row.
    expect(generated).toBe(17);
  });

  test('whose code would be too long stays interpreted', async () => {
    const supergraph = letters();
    const keys = Array.from({ length: 600 }, (_, n) => `a${n}_${'x'.repeat(1_000)}`);
    const program = supergraph.program(`{ ${keys.map((key) => `${key}: a`).join(' ')} }`);
    const results: unknown[] = [];
    for (let n = 0; n < 3; n += 1) results.push(await run(supergraph, program));
    expect(generated).toBe(0);
    expect(results[2]).toEqual({ data: Object.fromEntries(keys.map((key) => [key, 'A'])) });
  });
});
