import { describe, expect, test } from '@jest/globals';
import { namesOf } from '@kit/manifest';
import type { Subgraph } from '../subgraphs.js';
import { parseStartEnvironment, portsByVariable } from './environment.js';

const subgraph = (name: string, port: number, ports: Record<string, number> = {}): Subgraph => ({
  name,
  port,
  names: namesOf(name),
  routingUrl: '',
  schemaFile: '',
  folder: '',
  service: { secrets: {}, variables: {}, networks: [], development: { ports, secrets: [], variables: {} } },
});
const SUBGRAPHS = [subgraph('products', 4_001), subgraph('old-orders', 4_002, { TCP_PORT: 4_003 })];

const parse = (environment: Record<string, string>) =>
  parseStartEnvironment(environment, '/repository', SUBGRAPHS);

const problems = (environment: Record<string, string>): string[] => {
  try {
    parse(environment);
    return [];
  } catch (error) {
    return (error as Error).message.split('\n');
  }
};

describe('the environment of npm start', () => {
  test('has defaults for all variables', () => {
    expect(parse({})).toEqual({
      ports: { gateway: 4000, products: 4001, 'old-orders': 4002 },
      morePorts: { TCP_PORT: 4003 },
      dataDir: '/repository/.data',
      logLevel: 'info',
      database: { kind: 'embedded', port: 54_329 },
    });
  });

  test('treats an empty variable as not set', () => {
    expect(parse({ GATEWAY_PORT: '', PRODUCTS_DATABASE_URL: ' ', DATA_DIR: '' })).toEqual(parse({}));
  });

  test('sets ports and the data directory, relative to the repository', () => {
    const parsed = parse({
      GATEWAY_PORT: '5000',
      POSTGRES_PORT: '5001',
      DATA_DIR: 'other',
      LOG_LEVEL: 'debug',
    });
    expect(parsed.ports.gateway).toBe(5000);
    expect(parsed.database).toEqual({ kind: 'embedded', port: 5001 });
    expect(parsed.dataDir).toBe('/repository/other');
    expect(parsed.logLevel).toBe('debug');
  });

  test('requires the databases of all subgraphs', () => {
    const three = [...SUBGRAPHS, subgraph('reviews', 4_004)];
    const environment = { OLD_ORDERS_DATABASE_URL: 'postgres://u:p@db/old' };
    expect(() => parseStartEnvironment(environment, '/repository', three)).toThrow(
      'OLD_ORDERS_DATABASE_URL is set, so PRODUCTS_DATABASE_URL, REVIEWS_DATABASE_URL must be set, too (or none)',
    );
  });

  test('accepts your own databases, both or neither', () => {
    const urls = {
      products: 'postgres://u:p@db/products',
      'old-orders': 'postgresql://u:p@db:5433/emails',
    };
    const environment = {
      PRODUCTS_DATABASE_URL: urls.products,
      OLD_ORDERS_DATABASE_URL: urls['old-orders'],
    };
    expect(parse(environment).database).toEqual({ kind: 'given', urls });
    expect(problems({ PRODUCTS_DATABASE_URL: urls.products })).toEqual([
      'PRODUCTS_DATABASE_URL is set, so OLD_ORDERS_DATABASE_URL must be set, too (or neither)',
    ]);
    expect(problems({ OLD_ORDERS_DATABASE_URL: urls.products })).toEqual([
      'OLD_ORDERS_DATABASE_URL is set, so PRODUCTS_DATABASE_URL must be set, too (or neither)',
    ]);
  });

  test('lists all ports that will be used, and that of Postgres only if it is embedded', () => {
    const ports = { GATEWAY_PORT: 5000, PRODUCTS_PORT: 4001, OLD_ORDERS_PORT: 4002, TCP_PORT: 4003 };
    expect(portsByVariable(parse({ GATEWAY_PORT: '5000', POSTGRES_PORT: '5001' }), SUBGRAPHS)).toEqual({
      ...ports,
      POSTGRES_PORT: 5001,
    });
    const given = {
      PRODUCTS_DATABASE_URL: 'postgres://u:p@db/products',
      OLD_ORDERS_DATABASE_URL: 'postgres://u:p@db/emails',
    };
    expect(portsByVariable(parse({ GATEWAY_PORT: '5000', ...given }), SUBGRAPHS)).toEqual(ports);
  });

  test('names all bad variables at once', () => {
    const found = problems({
      GATEWAY_PORT: 'http',
      PRODUCTS_PORT: '0',
      OLD_ORDERS_PORT: '65536',
      PRODUCTS_DATABASE_URL: 'mysql://db/products',
      OLD_ORDERS_DATABASE_URL: 'postgres://db',
    });
    expect(found.map((line) => line.split(' ')[0])).toEqual([
      'GATEWAY_PORT',
      'PRODUCTS_PORT',
      'OLD_ORDERS_PORT',
      'PRODUCTS_DATABASE_URL',
      'OLD_ORDERS_DATABASE_URL',
    ]);
  });

  test('rejects the same port twice', () => {
    expect(problems({ PRODUCTS_PORT: '4000' })).toEqual([
      'PRODUCTS_PORT and GATEWAY_PORT are both 4000: each needs its own port',
    ]);
  });

  test.each([
    'nonsense:secret',
    'mysql://u:secret@db/x',
    'postgres://u:secret@db/',
    'postgres:///x?password=secret',
  ])('never shows the password of a bad URL (%s)', (url) => {
    const found = problems({ PRODUCTS_DATABASE_URL: url, OLD_ORDERS_DATABASE_URL: 'postgres://db/x' });
    expect(found).toHaveLength(1);
    expect(found[0]).not.toContain('secret');
  });
});
