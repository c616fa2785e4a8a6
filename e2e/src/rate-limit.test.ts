import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import type { Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { type GraphQLResponse, codesOf, post } from './harness/http.js';
import { liveClient, watch } from './harness/live-client.js';
import { freshEmail, newPerson, type Person } from './harness/people.js';
import { startTestSystem } from './harness/test-system.js';

const MOST = 12;
const WINDOW_SECONDS = 3_600;
const QUERY = '{ viewer { email } }';

let system: System;
let url: string;
const clients: Client[] = [];
beforeAll(async () => {
  system = await startTestSystem({
    env: {
      gateway: {
        RATE_LIMIT_OPERATIONS: String(MOST),
        RATE_LIMIT_SECONDS: String(WINDOW_SECONDS),
      },
    },
  });
  url = system.gatewayUrl;
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose();
});
afterAll(() => system?.stop());

let address = 0;
/** A new client address, as the trusted proxy reports it. */
const newAddress = () => `203.0.113.${(address += 1)}`;
const from = (place: string) => ({ 'x-forwarded-for': place });

async function useUp(headers: Record<string, string>): Promise<void> {
  for (let n = 0; n < MOST; n += 1) {
    const { status } = await post(url, QUERY, { headers });
    expect(status).toBe(200);
  }
}

function expectRateLimited({ status, headers, errors, data }: GraphQLResponse): void {
  expect(status).toBe(429);
  expect(data).toBeUndefined();
  const seconds = Number(headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(WINDOW_SECONDS - 60);
  expect(seconds).toBeLessThanOrEqual(WINDOW_SECONDS);
  expect(errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED', retryAfterSeconds: seconds } }]);
}

const authorizationOf = ({ accessToken }: Person) => ({ authorization: `Bearer ${accessToken}` });

describe('the limit of operations per client', () => {
  test('applies to each HTTP transport, and names the time to retry', async () => {
    const here = from(newAddress());
    await useUp(here);
    const json = { 'content-type': 'application/json' };
    const body = JSON.stringify({ query: QUERY });
    const live = JSON.stringify({ query: 'subscription { subscriberAdded { cursor } }' });
    const byGet = `${url}?query=${encodeURIComponent(QUERY)}`;
    for (const [address, init] of [
      [url, { method: 'POST', headers: { ...json, ...here }, body }],
      [byGet, { headers: { ...here, 'apollo-require-preflight': '1' } }],
      [byGet, { headers: { ...here, accept: 'text/event-stream' } }],
      [url, { method: 'POST', headers: { ...json, ...here, accept: 'text/event-stream' }, body: live }],
      [
        url,
        {
          method: 'POST',
          headers: { ...json, ...here, accept: 'multipart/mixed;subscriptionSpec=1.0' },
          body: live,
        },
      ],
    ] as const) {
      const response = await fetch(address, init);
      const text = await response.text();
      expectRateLimited({
        status: response.status,
        headers: response.headers,
        text,
        data: undefined,
        ...JSON.parse(text),
      });
    }
    expect((await fetch(new URL('/health/live', url), { headers: here })).status).toBe(200);
  });

  test('cannot be avoided by X-Forwarded-For', async () => {
    const place = newAddress();
    await useUp(from(place));
    expectRateLimited(await post(url, QUERY, { headers: from(`198.51.100.7, ${place}`) }));
    expect((await post(url, QUERY, { headers: from(`${place}, ${newAddress()}`) })).status).toBe(200);
  });

  test('counts a user over HTTP and WebSocket together, from any address', async () => {
    const [ada, bob] = [await newPerson(url), await newPerson(url)];
    const client = liveClient(url, ada.accessToken);
    clients.push(client);
    const watching = watch(
      client,
      'subscription { subscriberAdded(bookmarks: true) { subscriber { email } } }',
    );
    await watching.waitForEvents(1);
    for (let n = 1; n < MOST; n += 1) {
      expect(
        (await post(url, QUERY, { headers: { ...authorizationOf(ada), ...from(newAddress()) } })).status,
      ).toBe(200);
    }
    expectRateLimited(
      await post(url, QUERY, { headers: { ...authorizationOf(ada), ...from(newAddress()) } }),
    );
    for (const query of [QUERY, 'subscription { subscriberAdded { cursor } }']) {
      const [error] = (await watch(client, query).waitForEnd()) as [{ extensions: Record<string, unknown> }];
      expect(error.extensions).toEqual({ code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) });
    }
    // Running subscriptions continue, and other users are not limited.
    const email = freshEmail();
    const add = `mutation { addSubscriber(input: { email: "${email}" }) { created } }`;
    expect((await post(url, add, { headers: authorizationOf(bob) })).data).toEqual({
      addSubscriber: { created: true },
    });
    expect((await watching.waitForEvents(2))[1]!.data.subscriberAdded.subscriber).toEqual({ email });
  });

  test('applies to token guessing', async () => {
    const headers = { ...from(newAddress()), authorization: 'Bearer nonsense' };
    for (let n = 0; n < MOST; n += 1) {
      expect(codesOf(await post(url, QUERY, { headers }))).toEqual(['UNAUTHENTICATED']);
    }
    expectRateLimited(await post(url, QUERY, { headers }));
  });

  test('applies to an invalid Last-Event-ID', async () => {
    const request = async () => {
      const headers = { accept: 'text/event-stream', 'last-event-id': 'x'.repeat(1_000), ...from(place) };
      const { status, text } = await post(url, QUERY, { headers });
      return [status, text.includes('"BAD_USER_INPUT"')];
    };
    const place = newAddress();
    for (let n = 0; n < MOST; n += 1) expect(await request()).toEqual([200, true]);
    expect(await request()).toEqual([429, false]);
  });

  test('applies to token guessing over WebSocket', async () => {
    const headers = from(newAddress());
    const guess = () =>
      new Promise<number>((resolve) => {
        const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws', { headers });
        socket.once('open', () =>
          socket.send('{"type":"connection_init","payload":{"authorization":"Bearer nonsense"}}'),
        );
        socket.once('close', resolve);
      });
    for (let n = 0; n < MOST; n += 1) expect(await guess()).toBe(4403);
    expect(await guess()).toBe(1013);
    expectRateLimited(await post(url, QUERY, { headers }));
  });
});
