import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { unsigned, withClaims } from './harness/forged-token.js';
import { codesOf, post } from './harness/http.js';
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

describe('a direct request to a subgraph', () => {
  const mutation = (email: string) => `mutation { addSubscriber(input: { email: "${email}" }) { created } }`;

  test('runs when the gateway signed it, which shows that the rejections below mean something', async () => {
    const headers = { 'txn-token': txnToken(system.secrets.EMAIL_SUBSCRIPTIONS_TXN_TOKEN_SECRET!) };
    const response = await post(system.subgraphUrls['email-subscriptions']!, mutation(freshEmail('signed')), {
      headers,
    });
    expect(response.data).toEqual({ addSubscriber: { created: true } });
  });

  test.each<[string, () => Record<string, string>]>([
    ['without a signature', () => ({})],
    ['with an access token', () => ({ authorization: `Bearer ${ada.accessToken}` })],
    ['with an access token as transaction token', () => ({ 'txn-token': ada.accessToken })],
    [
      'signed with the secret of another subgraph',
      () => ({ 'txn-token': txnToken(system.secrets.USERS_TXN_TOKEN_SECRET!) }),
    ],
    [
      'signed for another subgraph',
      () => ({
        'txn-token': txnToken(system.secrets.EMAIL_SUBSCRIPTIONS_TXN_TOKEN_SECRET!, { aud: 'users' }),
      }),
    ],
    [
      'signed, but expired',
      () => ({
        'txn-token': txnToken(system.secrets.EMAIL_SUBSCRIPTIONS_TXN_TOKEN_SECRET!, { iat: 1, exp: 2 }),
      }),
    ],
    [
      'changed after signing',
      () => ({
        'txn-token': withClaims(txnToken(system.secrets.EMAIL_SUBSCRIPTIONS_TXN_TOKEN_SECRET!), {
          scope: 'subscribers:write users:admin',
        }),
      }),
    ],
    ['unsigned (alg none)', () => ({ 'txn-token': unsigned(txnToken('any secret')) })],
  ])('%s gets 401 and does not run', async (_, headers) => {
    const email = freshEmail('unsigned');
    const response = await post(system.subgraphUrls['email-subscriptions']!, mutation(email), {
      headers: headers(),
    });
    expect(response.status).toBe(401);
    expect(codesOf(response)).toEqual(['UNTRUSTED_CALLER']);
    const found = await post(url, `{ subscriberByEmail(email: "${email}") { id } }`, {
      token: ada.accessToken,
    });
    expect(found.data).toEqual({ subscriberByEmail: null });
  });

  test('gets 401 from users, for any text', async () => {
    for (const query of [
      '{ viewer { email } }',
      '{ _service { sdl } }',
      '{ __schema { types { name } } }',
      'not graphql',
    ]) {
      const response = await post(system.subgraphUrls.users!, query);
      expect(response.status).toBe(401);
      expect(codesOf(response)).toEqual(['UNTRUSTED_CALLER']);
    }
  });

  test.each<[string, () => string | undefined]>([
    ['nothing', () => undefined],
    ['an access token', () => ada.accessToken],
    ['the secret of another subgraph', () => txnToken(system.secrets.USERS_TXN_TOKEN_SECRET!)],
    [
      'a token for another subgraph',
      () => txnToken(system.secrets.EMAIL_SUBSCRIPTIONS_TXN_TOKEN_SECRET!, { aud: 'users' }),
    ],
    [
      'an expired token',
      () => txnToken(system.secrets.EMAIL_SUBSCRIPTIONS_TXN_TOKEN_SECRET!, { iat: 1, exp: 2 }),
    ],
    [
      'a changed token',
      () =>
        withClaims(txnToken(system.secrets.EMAIL_SUBSCRIPTIONS_TXN_TOKEN_SECRET!), { scope: 'users:admin' }),
    ],
    ['an unsigned token', () => unsigned(txnToken('any secret'))],
  ])('over WebSocket with %s in extensions is rejected', async (_, token) => {
    const client = createClient({
      url: system.subgraphUrls['email-subscriptions']!.replace(/^http/, 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    });
    const events: unknown[] = [];
    const end = await new Promise((resolve) =>
      client.subscribe(
        {
          query: 'subscription { subscriberAdded(bookmarks: true) { cursor } }',
          extensions: { txnToken: token() },
        },
        { next: (event) => events.push(event), error: resolve, complete: () => resolve('complete') },
      ),
    );
    expect(events).toEqual([]);
    expect(JSON.stringify(end) + String((end as { code?: number }).code)).toMatch(/UNTRUSTED_CALLER|4401/);
    await client.dispose();
  });

  test('cannot open a WebSocket at users', async () => {
    const socket = new WebSocket(system.subgraphUrls.users!.replace(/^http/, 'ws'), 'graphql-transport-ws');
    const outcome = await new Promise((resolve) => {
      socket.once('open', () => resolve('open'));
      socket.once('error', ({ message }) => resolve(message));
    });
    expect(outcome).not.toBe('open');
  });

  test('stops at its deadline', async () => {
    const emails = Array.from({ length: 200 }, () => freshEmail('late'));
    const adding = emails.map((email, n) => `a${n}: addSubscriber(input: { email: "${email}" }) { created }`);
    const headers = {
      'txn-token': txnToken(system.secrets.EMAIL_SUBSCRIPTIONS_TXN_TOKEN_SECRET!),
      'x-timeout-ms': '20',
    };
    const response = await post(
      system.subgraphUrls['email-subscriptions']!,
      `mutation { ${adding.join(' ')} }`,
      {
        headers,
      },
    );
    expect(response.errors!.at(-1)).toMatchObject({
      path: ['a199'],
      extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
    });
    const last = await post(url, `{ subscriberByEmail(email: "${emails.at(-1)}") { id } }`, {
      token: ada.accessToken,
    });
    expect(last.data).toEqual({ subscriberByEmail: null });
  });

  test('over WebSocket without a transaction token is rejected', async () => {
    const client = createClient({
      url: system.subgraphUrls['email-subscriptions']!.replace(/^http/, 'ws'),
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
