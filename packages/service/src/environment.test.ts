import { describe, expect, test } from '@jest/globals';
import {
  ConfigurationError,
  origin,
  origins,
  postgresUrl,
  readEnvironment,
  secret,
  serviceEnvironment,
} from './environment.js';

const SHAPE = {
  ...serviceEnvironment(4000),
  ORDERS_URL: origin(),
  DATABASE_URL: postgresUrl(),
  TOKEN_SECRET: secret(),
};
const GOOD = {
  ORDERS_URL: 'http://127.0.0.1:4001',
  DATABASE_URL: 'postgres://orders:pw@127.0.0.1:5432/orders',
  TOKEN_SECRET: 'f'.repeat(32),
};
const faultsOf = (environment: NodeJS.ProcessEnv): string => {
  try {
    readEnvironment(SHAPE, environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return '';
};

describe('the environment of a service', () => {
  test('is read into typed values with defaults', () => {
    expect(readEnvironment(SHAPE, { ...GOOD, PORT: '0' })).toMatchObject({
      PORT: 0,
      HOST: '127.0.0.1',
      METRICS_HOST: '127.0.0.1',
      LOG_LEVEL: 'info',
      ORDERS_URL: 'http://127.0.0.1:4001',
    });
  });

  test('names all bad and missing variables at once, without values', () => {
    const message = faultsOf({
      PORT: '70000',
      LOG_LEVEL: 'loud',
      ORDERS_URL: 'not a url',
      TOKEN_SECRET: 'hunter2',
    });
    for (const name of ['PORT', 'LOG_LEVEL', 'ORDERS_URL', 'TOKEN_SECRET', 'DATABASE_URL'])
      expect(message).toContain(name);
    expect(message).toContain('DATABASE_URL is missing');
    expect(message).not.toContain('hunter2');
  });

  test('treats an empty variable as missing', () => {
    expect(faultsOf({ ...GOOD, TOKEN_SECRET: ' ' })).toContain('TOKEN_SECRET is missing');
  });

  test('rejects origins with a path, credentials or another scheme than HTTP', () => {
    for (const bad of ['http://a/graphql', 'ftp://a', 'http://u:p@a', 'http://a?x']) {
      expect(faultsOf({ ...GOOD, ORDERS_URL: bad })).toContain('ORDERS_URL');
    }
    expect(faultsOf({ ...GOOD, ORDERS_URL: 'https://orders.internal/' })).toBe('');
  });

  test('reads origins separated by commas, and names the variable when one is not an origin', () => {
    const read = (PUBLIC_URL: string) =>
      readEnvironment({ PUBLIC_URL: origins() }, { PUBLIC_URL }).PUBLIC_URL;
    expect(read('https://Graph.example.com/, http://127.0.0.1:4000')).toEqual([
      'https://graph.example.com',
      'http://127.0.0.1:4000',
    ]);
    for (const bad of ['graph.example.com', 'https://a,', 'https://a/graphql', 'https://a, *']) {
      expect(() => read(bad)).toThrow('PUBLIC_URL is not an origin such as https://app.example.com');
    }
  });

  test('rejects an example secret in production only', () => {
    const example = { ...GOOD, TOKEN_SECRET: 'example-secret-of-32-bytes-or-more' };
    expect(faultsOf({ ...example, NODE_ENV: 'production' })).toContain('TOKEN_SECRET');
    expect(faultsOf(example)).toBe('');
  });
});
