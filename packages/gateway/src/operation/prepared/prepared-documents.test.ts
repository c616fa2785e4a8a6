import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { buildSchema, parse } from 'graphql';
import type { PreparedDocument } from './prepared-document.js';
import { PreparedDocuments } from './prepared-documents.js';
import { retainedBytes } from './retained-bytes.js';

const schema = buildSchema('type Query { a: Int }');
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const prepared = (source: string): PreparedDocument => ({
  schema,
  source,
  hash: sha256(source),
  document: parse(source),
});
const text = (n: number) => `{ a${n}: a }`;
/** The size of each document of these tests, which differ in a digit or two. */
const SIZE = retainedBytes(parse(text(1))) + 8;
const byHash = (query: string) => ({
  extensions: { persistedQuery: { version: 1, sha256Hash: sha256(query) } },
});

test('documents that are used once replace only each other', () => {
  const documents = new PreparedDocuments(3 * SIZE, 2 * SIZE);
  documents.add(prepared(text(0)), false);
  expect(documents.ofText(text(0))?.source).toBe(text(0));
  for (let n = 1; n < 50; n += 1) documents.add(prepared(text(n)), false);
  expect(documents.ofText(text(0))?.source).toBe(text(0));
  expect(documents.size).toBe(3);
  expect([47, 48, 49].map((n) => documents.ofText(text(n))?.source)).toEqual([undefined, text(48), text(49)]);
});

test('documents that are used twice replace those that were not used for longest', () => {
  const documents = new PreparedDocuments(2 * SIZE, SIZE);
  for (let n = 0; n < 4; n += 1) {
    documents.add(prepared(text(n)), false);
    documents.ofText(text(n));
    documents.ofText(text(0));
  }
  expect([0, 1, 2, 3].map((n) => documents.ofText(text(n)) !== undefined)).toEqual([
    true,
    false,
    false,
    true,
  ]);
  expect(documents.bytes).toBeLessThanOrEqual(2 * SIZE);
});

test('a document is found by its hash once a client has used the hash, until it is replaced', () => {
  const documents = new PreparedDocuments(SIZE, SIZE);
  const request = byHash(text(0));
  documents.add(prepared(text(0)), false);
  expect(documents.find(request)).toBeUndefined();
  documents.add(prepared(text(0)), true);
  expect(documents.find(request)?.source).toBe(text(0));
  expect(documents.find({ ...request, query: text(0) })?.source).toBe(text(0));
  expect(documents.find({ ...request, query: text(1) })).toBeUndefined();
  for (const persistedQuery of [
    { version: 2, sha256Hash: sha256(text(0)) },
    { version: 1, sha256Hash: [sha256(text(0))] },
  ])
    expect(documents.find({ extensions: { persistedQuery } })).toBeUndefined();
  documents.add(prepared(text(1)), false);
  documents.ofText(text(1));
  expect(documents.find(request)).toBeUndefined();
  // It would never be removed.
  expect(documents['byHash'].size).toBe(0);
  expect(documents.find({ query: text(1) })?.source).toBe(text(1));
});

test('long texts are told apart, also from their hashes', () => {
  const documents = new PreparedDocuments();
  const long = ['x', 'y'].map((letter) => `{ a } #${letter.repeat(30_000)}`);
  documents.add(prepared(long[0]!), false);
  expect(documents.ofText(long[1]!)).toBeUndefined();
  expect(documents.ofText(sha256(long[0]!))).toBeUndefined();
  expect(documents.ofText(long[0]!)?.source).toBe(long[0]);
  expect(documents.ofText(sha256(long[0]!))).toBeUndefined();
});

describe('the size of a document', () => {
  const bytes = (query: string) => retainedBytes(parse(query));

  test('grows with its tokens, and hardly with its comments', () => {
    expect(bytes(`{ ${'a '.repeat(100)} }`) - bytes('{ a }')).toBeGreaterThan(50_000);
    expect(bytes(`{ a } # ${'x'.repeat(1_000)}`) - bytes('{ a }')).toBeLessThan(3_000);
  });

  test('grows with the selections of a fragment wherever it is spread', () => {
    const fragment = `fragment F on Query { ${'a '.repeat(50)} }`;
    const [one, six] = [1, 6].map((spreads) => bytes(`{ ${'...F '.repeat(spreads)} } ${fragment}`));
    expect(six! - one!).toBeGreaterThan(5 * 50 * 2_000);
  });

  test('grows with the combinations of conditions that a program keeps', () => {
    const [none, two, four, eight] = [0, 2, 4, 8].map((conditions) =>
      bytes(
        `{ ${Array.from({ length: 8 }, (_, n) => `a @skip(if: ${n < conditions ? `$c${n}` : 'true'})`).join(' ')} }`,
      ),
    );
    expect(two! - none!).toBeGreaterThan(3 * 10_000);
    expect(four! - none!).toBeGreaterThan(15 * 10_000);
    expect(eight! - four!).toBeLessThan(10_000);
  });
});
