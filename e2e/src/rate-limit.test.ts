import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import type { Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { type Answer, codesOf, post } from './harness/http.js';
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
        TRUSTED_PROXY_HOPS: '1',
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
/** Somewhere on the internet, as a proxy of ours tells it; nobody has been there before. */
const somewhere = () => `203.0.113.${(address += 1)}`;
const from = (place: string) => ({ 'x-forwarded-for': place });

async function useUp(headers: Record<string, string>): Promise<void> {
  for (let n = 0; n < MOST; n += 1) {
    const { status } = await post(url, QUERY, { headers });
    expect(status).toBe(200);
  }
}

function expectRefusal({ status, headers, errors, data }: Answer): void {
  expect(status).toBe(429);
  expect(data).toBeUndefined();
  const seconds = Number(headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(WINDOW_SECONDS - 60);
  expect(seconds).toBeLessThanOrEqual(WINDOW_SECONDS);
  expect(errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED', retryAfterSeconds: seconds } }]);
}

const asPerson = ({ accessToken }: Person) => ({ authorization: `Bearer ${accessToken}` });

describe('a client with more operations than it may have', () => {
  test('is refused over HTTP however it asks, until the time that it is told', async () => {
    const here = from(somewhere());
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
      expectRefusal({
        status: response.status,
        headers: response.headers,
        text,
        data: undefined,
        ...JSON.parse(text),
      });
    }
    expect((await fetch(new URL('/health/live', url), { headers: here })).status).toBe(200);
  });

  test('cannot become another one by what it writes into X-Forwarded-For', async () => {
    const place = somewhere();
    await useUp(from(place));
    expectRefusal(await post(url, QUERY, { headers: from(`198.51.100.7, ${place}`) }));
    expect((await post(url, QUERY, { headers: from(`${place}, ${somewhere()}`) })).status).toBe(200);
  });

  test('is one person over HTTP and WebSocket together, wherever they are', async () => {
    const [ada, bob] = [await newPerson(url), await newPerson(url)];
    const client = liveClient(url, ada.accessToken);
    clients.push(client);
    const watching = watch(
      client,
      'subscription { subscriberAdded(bookmarks: true) { subscriber { email } } }',
    );
    await watching.waitForEvents(1);
    for (let n = 1; n < MOST; n += 1) {
      expect((await post(url, QUERY, { headers: { ...asPerson(ada), ...from(somewhere()) } })).status).toBe(
        200,
      );
    }
    expectRefusal(await post(url, QUERY, { headers: { ...asPerson(ada), ...from(somewhere()) } }));
    for (const query of [QUERY, 'subscription { subscriberAdded { cursor } }']) {
      const [error] = (await watch(client, query).waitForEnd()) as [{ extensions: Record<string, unknown> }];
      expect(error.extensions).toEqual({ code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) });
    }
    // Who watches already goes on watching, and others are as free as before.
    const email = freshEmail();
    const add = `mutation { addSubscriber(input: { email: "${email}" }) { created } }`;
    expect((await post(url, add, { headers: asPerson(bob) })).data).toEqual({
      addSubscriber: { created: true },
    });
    expect((await watching.waitForEvents(2))[1]!.data.subscriberAdded.subscriber).toEqual({ email });
  });

  test('is who guesses tokens, too', async () => {
    const headers = { ...from(somewhere()), authorization: 'Bearer nonsense' };
    for (let n = 0; n < MOST; n += 1) {
      expect(codesOf(await post(url, QUERY, { headers }))).toEqual(['UNAUTHENTICATED']);
    }
    expectRefusal(await post(url, QUERY, { headers }));
  });

  test('is who comes back with a Last-Event-ID that is none, too', async () => {
    const ask = async () => {
      const headers = { accept: 'text/event-stream', 'last-event-id': 'x'.repeat(1_000), ...from(place) };
      const { status, text } = await post(url, QUERY, { headers });
      return [status, text.includes('"BAD_USER_INPUT"')];
    };
    const place = somewhere();
    for (let n = 0; n < MOST; n += 1) expect(await ask()).toEqual([200, true]);
    expect(await ask()).toEqual([429, false]);
  });

  test('is who guesses tokens over WebSocket, too', async () => {
    const headers = from(somewhere());
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
    expectRefusal(await post(url, QUERY, { headers }));
  });
});
