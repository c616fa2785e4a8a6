import { expect, test } from '@jest/globals';
import { namesOf } from '@kit/manifest';
import path from 'node:path';
import { repositoryRoot } from '../repository.js';
import type { Subgraph } from '../subgraphs.js';
import { fillTemplate } from './template.js';

const subgraph = (name: string, networks: string[] = []): Subgraph => ({
  name,
  routingUrl: 'http://127.0.0.1:5001/graphql',
  port: 5001,
  folder: path.join(repositoryRoot, 'subgraphs', name),
  schemaFile: '',
  names: namesOf(name),
  service: { secrets: {}, variables: {}, networks, development: { ports: {}, secrets: [], variables: {} } },
});

const both = [subgraph('products'), subgraph('old-orders', ['mail'])];

test('repeats a block for each subgraph, with its names', () => {
  const template = `services:
  # each subgraph:
  <name>:
    folder: <folder>
    url: \${<PREFIX>_URL} <database>
    networks: [<name><networks>]
  # end
last:`;
  expect(fillTemplate(template, both, {})).toBe(`services:
  products:
    folder: subgraphs/products
    url: \${PRODUCTS_URL} products
    networks: [products]
  old-orders:
    folder: subgraphs/old-orders
    url: \${OLD_ORDERS_URL} old_orders
    networks: [old-orders, mail]
last:`);
});

test('inserts the lines of one subgraph in its block, and those of all subgraphs outside', () => {
  const template = '# <lines>\n# each subgraph:\n<name>\n  # <lines>\n# end';
  expect(fillTemplate(template, both, { lines: ({ name }) => [`line of ${name}`] })).toBe(
    'line of products\nline of old-orders\nproducts\n  line of products\nold-orders\n  line of old-orders',
  );
});

test('rejects an insertion that is not known', () => {
  expect(() => fillTemplate('# <lins>', both, {})).toThrow('unknown insertion <lins>');
});
