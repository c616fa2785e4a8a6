import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ManifestError, readManifest } from './read-manifest.js';

let root: string;
let file: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'manifest-'));
  file = path.join(root, 'supergraph.yaml');
});
afterEach(() => rmSync(root, { recursive: true }));

const entry = (name: string, port: number) => `  ${name}:
    routing_url: http://127.0.0.1:${port}/graphql
    schema: { file: parts/${name}/schema.graphql }
`;

const write = (...entries: string[]) =>
  writeFileSync(file, `federation_version: =2.14.4\nsubgraphs:\n${entries.join('')}`);

const folders = (...names: string[]) => {
  for (const name of names) mkdirSync(path.join(root, 'parts', name), { recursive: true });
};

const fault = (): string => {
  try {
    readManifest(file);
    return '';
  } catch (error) {
    expect(error).toBeInstanceOf(ManifestError);
    return (error as ManifestError).message;
  }
};

describe('a manifest', () => {
  test('lists the subgraphs with port, SDL and folder', () => {
    folders('products', 'old-orders');
    write(entry('products', 5001), entry('old-orders', 5002));
    const folder = path.join(root, 'parts/products');
    expect(readManifest(file).federationVersion).toBe('=2.14.4');
    expect(readManifest(file).subgraphs.map(({ name }) => name)).toEqual(['products', 'old-orders']);
    expect(readManifest(file).subgraphs[0]).toEqual({
      name: 'products',
      routingUrl: 'http://127.0.0.1:5001/graphql',
      port: 5001,
      schemaFile: path.join(folder, 'schema.graphql'),
      folder,
    });
  });

  test('reads the port that a URL implies', () => {
    folders('products');
    write(
      '  products: { routing_url: https://products/graphql, schema: { file: parts/products/s.graphql } }\n',
    );
    expect(readManifest(file).subgraphs[0]?.port).toBe(443);
  });

  test('reports bad names, equal ports and missing folders together', () => {
    folders('products', 'Orders');
    write(entry('products', 5001), entry('Orders', 5001), entry('reviews', 5003));
    expect(fault().split('\n')).toEqual([
      'supergraph.yaml: "Orders" is not a name: use lower case and hyphens, as in "two-words"',
      'supergraph.yaml: products and Orders have the same port 5001',
      `supergraph.yaml: the folder of reviews is missing: ${path.join(root, 'parts/reviews')}`,
    ]);
  });

  test.each([
    [
      'an unknown key',
      '  a: { routing_url: http://a, schema: { file: f }, url: x }\n',
      'subgraphs.a: .*"url"',
    ],
    ['a missing file', '  a: { routing_url: http://a, schema: {} }\n', 'subgraphs.a.schema.file: '],
    [
      'a bad URL',
      '  a: { routing_url: nowhere, schema: { file: f } }\n',
      'subgraphs.a.routing_url: is not a URL',
    ],
    ['no subgraph', '  {}\n', 'subgraphs: names no subgraph'],
    ['text that is not YAML', '  a: [\n', 'cannot be read: '],
  ])('reports %s', (_, entries, message) => {
    write(entries);
    expect(fault()).toMatch(new RegExp(`^supergraph.yaml: ${message}`));
  });

  test('reports a file that is missing', () => {
    expect(fault()).toMatch('supergraph.yaml: cannot be read: ENOENT');
  });
});
