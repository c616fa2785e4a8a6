import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { codesOf, post, postRaw } from './harness/http.js';
import { watch } from './harness/live-client.js';
import { freshEmail, newPerson, type Person } from './harness/people.js';
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

describe('strangers and forgers at the gateway', () => {
  test.each([
    ['subscribers', '{ subscribers(first: 1) { nodes { id } } }'],
    ['subscriber', '{ subscriber(id: "x") { id } }'],
    ['subscriberByEmail', '{ subscriberByEmail(email: "x") { id } }'],
    ['user', '{ user(id: "x") { id } }'],
    ['addSubscriber', 'mutation { addSubscriber(input: { email: "a@example.com" }) { created } }'],
    ['logout', 'mutation { logout { revoked } }'],
  ])('%s needs somebody who is logged in', async (field, query) => {
    const answer = await post(url, query);
    expect(answer.data).toEqual({ [field]: null });
    expect(codesOf(answer)).toEqual(['UNAUTHENTICATED']);
  });

  test.each<[string, () => string]>([
    ['nonsense', () => 'Bearer nonsense'],
    ['a token of another scheme', () => `Basic ${ada.accessToken}`],
    [
      'a token with its scopes changed',
      () => `Bearer ${withClaims(ada.accessToken, { scope: 'users:admin' })}`,
    ],
    ['an unsigned token', () => `Bearer ${withHeader(ada.accessToken, { alg: 'none' })}`],
    [
      'a token that brings its own key address',
      () => `Bearer ${withHeader(ada.accessToken, { jku: 'http://127.0.0.1:9/' })}`,
    ],
    ['a token that expired', () => `Bearer ${withClaims(ada.accessToken, { exp: 1 })}`],
    ['a transaction token', () => `Bearer ${txnToken(system.secrets.emailSubscriptionsTxnTokenSecret)}`],
  ])('%s is refused, and never makes its bearer a stranger', async (_, authorization) => {
    const answer = await post(url, '{ viewer { email } }', { headers: { authorization: authorization() } });
    expect(answer.status).toBe(401);
    expect(answer.data).toBeUndefined();
    expect(codesOf(answer)).toEqual(['UNAUTHENTICATED']);
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
  });

  test('what a client sends in headers or extensions never becomes identity at a subgraph', async () => {
    const token = txnToken(system.secrets.usersTxnTokenSecret, {
      aud: 'users',
      sub: ada.userId,
      scope: 'users:read',
    });
    const body = JSON.stringify({
      query: '{ viewer { email } user(id: "' + ada.userId + '") { email } }',
      extensions: { txnToken: token },
    });
    for (const name of ['Txn-Token', 'txn-token', 'TXN-TOKEN', 'x-user-id', 'x-forwarded-user', 'sub']) {
      const answer = await postRaw(url, body, {
        [name]: name.toLowerCase() === 'txn-token' ? token : ada.userId,
      });
      expect(answer.data).toEqual({ viewer: null, user: null });
      expect(codesOf(answer)).toEqual(['UNAUTHENTICATED']);
    }
  });

  test('entities and the subgraph schema cannot be asked for', async () => {
    for (const query of ['{ _service { sdl } }', '{ _entities(representations: []) { __typename } }']) {
      const answer = await post(url, query, { token: ada.accessToken });
      expect(answer.status).toBe(400);
      expect(codesOf(answer)).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    }
  });
});

describe('a request straight to a subgraph', () => {
  const mutation = (email: string) => `mutation { addSubscriber(input: { email: "${email}" }) { created } }`;

  test('runs when the gateway signed it (so that the refusals below mean something)', async () => {
    const headers = { 'txn-token': txnToken(system.secrets.emailSubscriptionsTxnTokenSecret) };
    const answer = await post(system.emailSubscriptionsUrl, mutation(freshEmail('signed')), { headers });
    expect(answer.data).toEqual({ addSubscriber: { created: true } });
  });

  test.each<[string, () => Record<string, string>]>([
    ['without a signature', () => ({})],
    ['with the access token of a person', () => ({ authorization: `Bearer ${ada.accessToken}` })],
    ['with an access token as signature', () => ({ 'txn-token': ada.accessToken })],
    [
      'signed with the secret of another subgraph',
      () => ({ 'txn-token': txnToken(system.secrets.usersTxnTokenSecret) }),
    ],
    [
      'signed for another subgraph',
      () => ({ 'txn-token': txnToken(system.secrets.emailSubscriptionsTxnTokenSecret, { aud: 'users' }) }),
    ],
    [
      'signed, but expired',
      () => ({ 'txn-token': txnToken(system.secrets.emailSubscriptionsTxnTokenSecret, { iat: 1, exp: 2 }) }),
    ],
  ])('%s gets 401 and runs nothing', async (_, headers) => {
    const email = freshEmail('unsigned');
    const answer = await post(system.emailSubscriptionsUrl, mutation(email), { headers: headers() });
    expect(answer.status).toBe(401);
    expect(codesOf(answer)).toEqual(['UNTRUSTED_CALLER']);
    const found = await post(url, `{ subscriberByEmail(email: "${email}") { id } }`, {
      token: ada.accessToken,
    });
    expect(found.data).toEqual({ subscriberByEmail: null });
  });

  test('gets nothing from users either', async () => {
    for (const query of [
      '{ viewer { email } }',
      '{ _service { sdl } }',
      '{ __schema { types { name } } }',
      'not graphql',
    ]) {
      const answer = await post(system.usersUrl, query);
      expect(answer.status).toBe(401);
      expect(codesOf(answer)).toEqual(['UNTRUSTED_CALLER']);
    }
  });

  test('over WebSocket is turned away too', async () => {
    const client = createClient({
      url: system.emailSubscriptionsUrl.replace(/^http/, 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: { authorization: `Bearer ${ada.accessToken}` },
    });
    expect(await watch(client, 'subscription { subscriberAdded { cursor } }').waitForEnd()).toMatchObject({
      code: 4401,
    });
    await client.dispose();
  });
});

function withClaims(token: string, changed: object): string {
  return changePart(token, 1, changed);
}

function withHeader(token: string, changed: object): string {
  return changePart(token, 0, changed);
}

function changePart(token: string, index: number, changed: object): string {
  const parts = token.split('.');
  const part = JSON.parse(Buffer.from(parts[index] ?? '', 'base64url').toString('utf8')) as object;
  parts[index] = Buffer.from(JSON.stringify({ ...part, ...changed })).toString('base64url');
  return parts.join('.');
}
