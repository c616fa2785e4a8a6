import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { codesOf, post, postRaw } from './harness/http.js';
import { liveClient, watch } from './harness/live-client.js';
import { newPerson, type Person } from './harness/people.js';
import { withClaims, withHeader } from './harness/forged-token.js';
import { startTestSystem } from './harness/test-system.js';
import { txnToken } from './harness/txn-token.js';

let system: System;
let url: string;
let ada: Person;
beforeAll(async () => {
  system = await startTestSystem();
  url = system.gatewayUrl;
  ada = await newPerson(url, 'Ada');
});
afterAll(() => system?.stop());

describe('the gateway', () => {
  test.each([
    ['subscribers', '{ subscribers(first: 1) { nodes { id } } }'],
    ['subscriber', '{ subscriber(id: "x") { id } }'],
    ['subscriberByEmail', '{ subscriberByEmail(email: "x") { id } }'],
    ['user', '{ user(id: "x") { id } }'],
    ['addSubscriber', 'mutation { addSubscriber(input: { email: "a@example.com" }) { created } }'],
    ['logout', 'mutation { logout { revoked } }'],
  ])('requires a logged-in viewer for %s', async (field, query) => {
    const response = await post(url, query);
    expect(response.data).toEqual({ [field]: null });
    expect(codesOf(response)).toEqual(['UNAUTHENTICATED']);
  });

  test.each<[string, () => string]>([
    ['nonsense', () => 'Bearer nonsense'],
    ['another scheme', () => `Basic ${ada.accessToken}`],
    [
      'a token with its scopes changed',
      () => `Bearer ${withClaims(ada.accessToken, { scope: 'users:admin' })}`,
    ],
    ['an unsigned token', () => `Bearer ${withHeader(ada.accessToken, { alg: 'none' })}`],
    [
      'a token with a key address (jku)',
      () => `Bearer ${withHeader(ada.accessToken, { jku: 'http://127.0.0.1:9/' })}`,
    ],
    ['an expired token', () => `Bearer ${withClaims(ada.accessToken, { exp: 1 })}`],
    ['a transaction token', () => `Bearer ${txnToken(system.secrets.EMAIL_SUBSCRIPTIONS_TXN_TOKEN_SECRET!)}`],
  ])('rejects %s, and never treats the caller as anonymous', async (_, authorization) => {
    const response = await post(url, '{ viewer { email } }', { headers: { authorization: authorization() } });
    expect(response.status).toBe(401);
    expect(response.data).toBeUndefined();
    expect(codesOf(response)).toEqual(['UNAUTHENTICATED']);
    expect(response.headers.get('www-authenticate')).toContain('Bearer');
  });

  test('forwards no identity from headers or extensions of a client', async () => {
    const token = txnToken(system.secrets.USERS_TXN_TOKEN_SECRET!, {
      aud: 'users',
      sub: ada.userId,
      scope: 'users:read',
    });
    const body = JSON.stringify({
      query: '{ viewer { email } user(id: "' + ada.userId + '") { email } }',
      extensions: { txnToken: token },
    });
    for (const name of [
      'Txn-Token',
      'txn-token',
      'TXN-TOKEN',
      'Txn_Token',
      'txntoken',
      'x-txn-token',
      'x-user-id',
      'x-forwarded-user',
      'sub',
    ]) {
      const response = await postRaw(url, body, {
        [name]: /txn/i.test(name) ? token : ada.userId,
      });
      expect(response.data).toEqual({ viewer: null, user: null });
      expect(codesOf(response)).toEqual(['UNAUTHENTICATED']);
    }
  });

  test('forwards no identity from a WebSocket but its access token', async () => {
    const forged = txnToken(system.secrets.USERS_TXN_TOKEN_SECRET!, { aud: 'users', sub: ada.userId });
    const spellings = ['Txn-Token', 'txn-token', 'TXN-TOKEN', 'txnToken', 'x-user-id', 'sub', 'viewer'];
    const everywhere = Object.fromEntries(spellings.map((name) => [name, forged]));
    class ForgingSocket extends WebSocket {
      constructor(address: string, protocol: string) {
        super(address, protocol, {
          headers: { 'Txn-Token': forged, authorization: `Bearer ${ada.accessToken}` },
        });
      }
    }
    const client = createClient({
      url: url.replace(/^http/, 'ws'),
      webSocketImpl: ForgingSocket,
      retryAttempts: 0,
      connectionParams: { ...everywhere, headers: everywhere, extensions: everywhere },
    });
    const query = `{ viewer { email } user(id: "${ada.userId}") { email } }`;
    for await (const result of client.iterate({
      query,
      extensions: { ...everywhere, headers: everywhere },
    })) {
      expect(result).toMatchObject({
        data: { viewer: null, user: null },
        errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
      });
    }
    await client.dispose();
  });

  test.each<[string, () => string]>([
    ['nonsense', () => 'Bearer nonsense'],
    ['an unsigned token', () => `Bearer ${withHeader(ada.accessToken, { alg: 'none' })}`],
    [
      'a token with its scopes changed',
      () => `Bearer ${withClaims(ada.accessToken, { scope: 'users:admin' })}`,
    ],
    ['a transaction token', () => `Bearer ${txnToken(system.secrets.EMAIL_SUBSCRIPTIONS_TXN_TOKEN_SECRET!)}`],
    ['an empty text', () => ''],
    ['another scheme', () => `Basic ${ada.accessToken}`],
    ['a scheme without a token', () => 'Bearer '],
    ['two tokens', () => `Bearer ${ada.accessToken}, Bearer ${ada.accessToken}`],
  ])('rejects %s in connection_init, and never treats the caller as anonymous', async (_, authorization) => {
    const client = createClient({
      url: url.replace(/^http/, 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: { Authorization: authorization() },
    });
    expect(await watch(client, '{ viewer { email } }').waitForEnd()).toMatchObject({
      code: 4403,
      reason: 'UNAUTHENTICATED',
    });
    await client.dispose();
  });

  test.each(['bearer %', 'BEARER   %', ' Bearer\t% '])(
    'accepts %j in connection_init',
    async (authorization) => {
      const client = createClient({
        url: url.replace(/^http/, 'ws'),
        webSocketImpl: WebSocket,
        retryAttempts: 0,
        connectionParams: { AUTHORIZATION: authorization.replace('%', ada.accessToken) },
      });
      for await (const result of client.iterate({ query: '{ viewer { email } }' })) {
        expect(result).toEqual({ data: { viewer: { email: ada.email } } });
      }
      await client.dispose();
    },
  );

  test('does not expose _entities and _service, over HTTP and WebSocket', async () => {
    const client = liveClient(url, ada.accessToken);
    for (const query of [
      '{ _service { sdl } }',
      '{ _entities(representations: []) { __typename } }',
      '{ a: _service { b: sdl } }',
      '{ ...F } fragment F on Query { ... on Query { _entities(representations: []) { __typename } } }',
      'subscription { _entities(representations: []) { __typename } }',
      'subscription { _service { sdl } }',
    ]) {
      const response = await post(url, query, { token: ada.accessToken });
      expect(response.status).toBe(400);
      expect(codesOf(response)).toContain('GRAPHQL_VALIDATION_FAILED');
      expect(await watch(client, query).waitForEnd()).toMatchObject([
        { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
      ]);
    }
    await client.dispose();
  });
});
