import { expect, test } from '@jest/globals';
import { StartUpError } from '@kit/service';
import { buildSchema } from 'graphql';
import { attachMutationRules, mutationRules, rulesOf } from './mutation-rules.js';

const KIT = 'https://specs.example.com/kit/v1.0';
const supergraph = (link: string, fields: string) => `
  schema @link(url: "https://specs.apollo.dev/link/v1.0") ${link} { query: Query mutation: Mutation }
  type Query { a: Int @credential }
  type Mutation { ${fields} }`;
const LINK = `@link(url: "${KIT}", import: ["@credential", "@deadline"])`;
const FIELDS = `
  signIn: Int @credential
  renew: Int @deadline(ms: 4000) @credential
  rename: Int`;

test('reads the directives of mutations from a supergraph', () => {
  expect(Object.fromEntries(mutationRules(supergraph(LINK, FIELDS)))).toEqual({
    signIn: { isCredential: true, deadlineMs: null },
    renew: { isCredential: true, deadlineMs: 4_000 },
  });
});

test('knows directives that a supergraph imports under other names', () => {
  const link = `@link(url: "${KIT}", import: [{ name: "@credential", as: "@secret" }])`;
  const rules = mutationRules(supergraph(link, 'signIn: Int @secret renew: Int @credential'));
  expect([...rules.keys()]).toEqual(['signIn']);
});

test.each([
  ['kit', `@link(url: "${KIT}")`],
  ['rules', `@link(url: "${KIT}", as: "rules")`],
  ['kit', `@link(url: "${KIT}", import: ["@deadline"])`],
])('knows directives that a supergraph does not import: @%s__credential, %s', (prefix, link) => {
  const rules = mutationRules(supergraph(link, `signIn: Int @${prefix}__credential`));
  expect(rules.get('signIn')).toEqual({ isCredential: true, deadlineMs: null });
});

test.each(['kit/v1.1', 'kit/v2.0', 'kit/v1', 'kit', 'kit/'])(
  'rejects a supergraph that links %s',
  (version) => {
    const url = `https://specs.example.com/${version}`;
    expect(() => mutationRules(supergraph(`@link(url: "${url}", import: ["@credential"])`, FIELDS))).toThrow(
      new StartUpError(`the supergraph links ${url}, which this gateway does not enforce`),
    );
  },
);

test.each([
  ['does not link them', ''],
  [
    'links others of the same name',
    '@link(url: "https://example.com/other/v1.0", import: ["@credential", "@deadline"])',
  ],
])('finds none in a supergraph that %s', (_, link) => {
  expect(mutationRules(supergraph(link, FIELDS)).size).toBe(0);
});

test('finds the rules of a schema', () => {
  const schema = buildSchema('type Query { a: Int } type Mutation { renew: Int rename: Int }');
  expect(rulesOf(schema, 'renew')).toBeUndefined();
  attachMutationRules(schema, mutationRules(supergraph(LINK, FIELDS)));
  expect(rulesOf(schema, 'renew')?.deadlineMs).toBe(4_000);
  expect(rulesOf(schema, 'rename')).toBeUndefined();
});
