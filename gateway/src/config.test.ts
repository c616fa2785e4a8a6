import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { gatewayOptions } from './config.js';

const SECRET = 'a secret of one subgraph, 32 bytes long or more';

const folder = mkdtempSync(path.join(tmpdir(), 'gateway-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file with the part of a supergraph that names its subgraphs. */
function supergraphOf(...names: string[]): string {
  const file = path.join(folder, `${names.join('-')}.graphql`);
  const graphs = names.map((name, n) => `G${n} @join__graph(name: "${name}", url: "")`);
  writeFileSync(file, `enum join__Graph { ${graphs.join(' ')} }`);
  return file;
}

const BASE = {
  SUPERGRAPH_FILE: supergraphOf('users', 'order-items'),
  USERS_URL: 'http://127.0.0.1:4001',
  USERS_TXN_TOKEN_SECRET: SECRET,
  ORDER_ITEMS_URL: 'http://127.0.0.1:4002',
  ORDER_ITEMS_TXN_TOKEN_SECRET: SECRET,
};

const optionsOf = (name: string, environment: object = {}) =>
  gatewayOptions({ ...BASE, ...environment }).subgraphs!(name, '');

describe('the environment', () => {
  test('is reported with all its faults at once, also those of the subgraphs', () => {
    const environment = {
      SUPERGRAPH_FILE: BASE.SUPERGRAPH_FILE,
      PORT: 'x',
      USERS_URL: 'users',
      USERS_TXN_TOKEN_SECRET: 'short',
      ORDER_ITEMS_SUBSCRIPTIONS: 'polling',
    };
    expect(() => gatewayOptions(environment)).toThrow(
      [
        'The environment is not usable:',
        'PORT is not a whole number from 0 to 65535',
        'USERS_URL is not an address such as http://127.0.0.1:4001 or https://example.com/graphql',
        'USERS_TXN_TOKEN_SECRET is shorter than 32 bytes',
        'ORDER_ITEMS_URL is missing',
        'ORDER_ITEMS_TXN_TOKEN_SECRET is missing',
        'ORDER_ITEMS_SUBSCRIPTIONS is not graphql-ws or sse',
      ].join('\n  - '),
    );
  });

  test('must name the supergraph, and have it', () => {
    expect(() => gatewayOptions({})).toThrow('SUPERGRAPH_FILE is missing');
    const unreadable = { SUPERGRAPH_FILE: path.join(folder, 'none') };
    expect(() => gatewayOptions(unreadable)).toThrow('cannot be read');
    expect(() => gatewayOptions({ ...unreadable, PORT: 'x' })).toThrow('PORT is not a whole number');
  });

  test('must not have example secrets in production', () => {
    const environment = {
      ...BASE,
      NODE_ENV: 'production',
      ORDER_ITEMS_TXN_TOKEN_SECRET: `example ${SECRET}`,
    };
    expect(() => gatewayOptions(environment)).toThrow(
      'ORDER_ITEMS_TXN_TOKEN_SECRET still holds an example value',
    );
  });
});

test('access tokens are those of users, with one form of signature', () => {
  expect(gatewayOptions(BASE).identity).toEqual({
    jwksUrl: 'http://127.0.0.1:4001/.well-known/jwks.json',
    issuer: 'users',
    audience: 'supergraph',
    algorithms: ['ES256'],
    typ: 'at+jwt',
    claims: { userId: 'sub', sessionId: 'sid', scopes: 'scope' },
    canonicalSignatures: true,
    keysRefreshMs: undefined,
    revocations: { subgraph: 'users', path: '/revoked-sessions', pollMs: undefined },
  });
});

describe('a subgraph', () => {
  test('has its endpoint and its readiness check at the usual paths of an origin', () => {
    expect(optionsOf('order-items')).toEqual({
      url: 'http://127.0.0.1:4002/graphql',
      secret: SECRET,
      readyUrl: 'http://127.0.0.1:4002/health/ready',
      subscriptions: undefined,
    });
  });

  test('can have any address, no signature, no readiness check and another protocol', () => {
    const environment = {
      ORDER_ITEMS_URL: 'https://shop.example.com/v2/api?tenant=a',
      ORDER_ITEMS_TXN_TOKEN_SECRET: 'none',
      ORDER_ITEMS_READY_URL: 'none',
      ORDER_ITEMS_SUBSCRIPTIONS: 'sse',
    };
    expect(optionsOf('order-items', environment)).toEqual({
      url: 'https://shop.example.com/v2/api?tenant=a',
      secret: undefined,
      readyUrl: null,
      subscriptions: 'sse',
    });
  });

  test('that a later supergraph names gets its variables then, or all that are missing are named', () => {
    expect(optionsOf('notes', { NOTES_URL: 'http://n', NOTES_TXN_TOKEN_SECRET: 'none' }).url).toBe(
      'http://n/graphql',
    );
    expect(() => optionsOf('notes')).toThrow(/NOTES_URL is missing\n.*NOTES_TXN_TOKEN_SECRET is missing/);
  });
});
