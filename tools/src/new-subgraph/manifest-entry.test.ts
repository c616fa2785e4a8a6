import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { repositoryRoot } from '../repository.js';
import { withEntry } from './manifest-entry.js';

test('appends one entry to the manifest and changes nothing else', () => {
  const manifest = readFileSync(path.join(repositoryRoot, 'supergraph.yaml'), 'utf8');
  expect(withEntry(manifest, { name: 'old-orders', port: 4_321 })).toBe(`${manifest}  old-orders:
    routing_url: http://127.0.0.1:4321/graphql
    schema:
      file: subgraphs/old-orders/schema.graphql
`);
});
