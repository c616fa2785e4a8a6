import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { namesOf } from '@kit/manifest';
import { repositoryRoot } from '../repository.js';
import { allSubgraphs, type Subgraph } from '../subgraphs.js';
import { planSubgraph } from './plan.js';

const at = (port: number): Subgraph => ({
  name: `on-${port}`,
  routingUrl: '',
  schemaFile: '',
  folder: '',
  port,
  names: namesOf(`on-${port}`),
  service: {
    secrets: {},
    variables: {},
    networks: [],
    development: { ports: { OTHER_PORT: port + 1 }, secrets: [], variables: {} },
  },
});

describe('a new subgraph', () => {
  test('gets the next port that npm start does not use', () => {
    expect(planSubgraph('old-orders', [at(4_001)])).toEqual({
      name: 'old-orders',
      port: 4_003,
      folder: path.join(repositoryRoot, 'subgraphs/old-orders'),
    });
  });

  test.each(['Orders', 'old_orders', '2orders', '../orders', ''])('cannot be called %j', (name) => {
    expect(() => planSubgraph(name, [])).toThrow('is not a name for a subgraph');
  });

  test('cannot have the name of another service', () => {
    for (const name of ['gateway', 'on-4001'])
      expect(() => planSubgraph(name, [at(4_001)])).toThrow(`The name ${name} is taken`);
  });

  test('does not overwrite a folder', () => {
    const { name, folder } = allSubgraphs()[0]!;
    expect(() => planSubgraph(name, [])).toThrow(`The folder ${folder} exists`);
  });

  test('needs a free port', () => {
    const all = Array.from({ length: 999 }, (_, index) => at(4_001 + index));
    expect(() => planSubgraph('old-orders', all)).toThrow('No port from 4001 to 4999 is free');
  });
});
