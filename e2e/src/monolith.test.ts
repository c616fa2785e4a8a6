import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '@supergraph/tools/free-port';
import { withClient } from '@supergraph/tools/postgres-client';
import type { Client } from 'graphql-ws';
import { post, type Data } from './harness/http.js';
import { liveClient, watch } from './harness/live-client.js';
import { Monolith } from './harness/monolith.js';
import {
  addRandomSubscriber,
  addSubscriber,
  freshEmail,
  logIn,
  newPerson,
  streamCursor,
  type Person,
} from './harness/people.js';
import { startOwnSystem, type TestSystem } from './harness/test-system.js';
import { txnToken } from './harness/txn-token.js';

const ADDED = `subscription ($after: String) {
  subscriberAdded(after: $after) { subscriber { id email name addedBy { id displayName } } }
}`;
const LIST = `query ($first: Int, $after: String) {
  subscribers(first: $first, after: $after) {
    nodes { id email name status addedAt addedBy { id } }
    pageInfo { endCursor hasNextPage }
  }
}`;

let system: TestSystem;
let monolith: Monolith;
let ada: Person;
let token: string;
let client: Client;
beforeAll(async () => {
  system = await startOwnSystem();
  monolith = await Monolith.start(system);
  ada = await newPerson(system.gatewayUrl, 'Ada');
  token = ada.accessToken;
  client = liveClient(system.gatewayUrl, token);
}, 60_000);
afterAll(async () => {
  await client?.dispose();
  await Monolith.stopAll();
  await system?.stop();
});

/** Watches at the gateway, from the current cursor on. */
async function watchFromNow() {
  return watch(client, ADDED, { after: await streamCursor(system.gatewayUrl, token) });
}

describe('a NestJS application that uses the list over TCP', () => {
  test('adds a subscriber for a logged-in user, and a watcher of the gateway gets the event', async () => {
    const watching = await watchFromNow();
    const email = freshEmail('http');
    const { status, body } = await monolith.post({ email, name: 'Grace' }, { token });
    expect({ status, body }).toEqual({
      status: 201,
      body: {
        id: expect.any(String),
        email,
        name: 'Grace',
        status: 'ACTIVE',
        addedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        addedBy: { id: ada.userId },
        created: true,
      },
    });
    expect(await watching.waitForEvents(1)).toEqual([
      {
        data: {
          subscriberAdded: {
            subscriber: {
              id: body.id,
              email,
              name: 'Grace',
              addedBy: { id: ada.userId, displayName: 'Ada' },
            },
          },
        },
      },
    ]);
    watching.stop();

    const again = await monolith.post({ email }, { token });
    expect(again).toEqual({ status: 200, body: { ...body, created: false } });
  });

  test('adds a subscriber by an event, and a watcher of the gateway gets it', async () => {
    const watching = await watchFromNow();
    const email = freshEmail('event');
    const sent = await monolith.post({ email }, { token, query: '?mode=event' });
    expect(sent).toEqual({ status: 202, body: { requestId: expect.any(String) } });
    const [event] = await watching.waitForEvents(1);
    expect(event?.data.subscriberAdded.subscriber).toMatchObject({
      email,
      addedBy: { id: ada.userId, displayName: 'Ada' },
    });
    watching.stop();
  });

  test('reads the same list as the gateway, by page and as a whole', async () => {
    const bob = await newPerson(system.gatewayUrl, 'Bob');
    for (let n = 0; n < 4; n += 1) {
      await monolith.post({ email: freshEmail('tcp'), name: `Nr. ${n} é 😀` }, { token });
      await addRandomSubscriber(system.gatewayUrl, bob.accessToken, 'graphql');
    }

    const all: Data[] = [];
    let after: string | undefined;
    let pages = 0;
    for (let hasNextPage = true; hasNextPage; pages += 1) {
      const { data } = await post(system.gatewayUrl, LIST, { token, variables: { first: 3, after } });
      const { nodes, pageInfo } = data.subscribers;
      const query = `?first=3${after === undefined ? '' : `&after=${encodeURIComponent(after)}`}`;
      expect(await monolith.get(query, token)).toEqual({
        status: 200,
        body: { subscribers: nodes, ...pageInfo },
      });
      all.push(...nodes);
      after = pageInfo.endCursor as string;
      hasNextPage = pageInfo.hasNextPage as boolean;
    }
    expect(pages).toBeGreaterThan(2);
    expect(new Set(all.map(({ addedBy }) => addedBy.id))).toEqual(new Set([ada.userId, bob.userId]));
    expect(await monolith.get('', token)).toEqual({ status: 200, body: all });
  });

  test('gives the same response to a request with the same Idempotency-Key', async () => {
    const email = freshEmail('keyed');
    const first = await monolith.post({ email }, { token, key: 'once' });
    expect(first).toMatchObject({ status: 201, body: { created: true } });
    expect(await monolith.post({ email }, { token, key: 'once' })).toEqual(first);
    expect(await monolith.post({ email, name: 'other' }, { token, key: 'once' })).toMatchObject({
      status: 409,
      body: { code: 'IDEMPOTENCY_KEY_REUSED', field: ['idempotencyKey'] },
    });
    const viaGraphQL = await addSubscriber(system.gatewayUrl, token, { email, idempotencyKey: 'once' });
    expect(viaGraphQL).toMatchObject({ created: true, subscriber: { id: first.body.id } });
  });
});

describe('an unauthorised request', () => {
  test('is rejected without a valid access token', async () => {
    const invalid = [
      undefined,
      'nonsense',
      ada.refreshToken,
      txnToken(system.secrets.EMAIL_SUBSCRIPTIONS_TXN_TOKEN_SECRET!, { sub: ada.userId }),
      `${token.slice(0, -8)}AAAAAAAA`,
    ];
    for (const each of invalid) {
      const { status, body } = await monolith.post({ email: freshEmail() }, { token: each });
      expect({ status, body }).toEqual({
        status: 401,
        body: { code: 'UNAUTHENTICATED', message: expect.any(String) },
      });
    }
    expect((await monolith.get('', 'nonsense')).status).toBe(401);
  });

  test('is rejected for a user who may only read', async () => {
    const { email, userId } = await newPerson(system.gatewayUrl, 'Rea');
    await withClient(system.databaseUrls.users!, (users) =>
      users.query(`UPDATE users SET roles = ARRAY['READER'] WHERE id = $1`, [userId]),
    );
    const reader = (await logIn(system.gatewayUrl, email)).accessToken;
    expect(await monolith.post({ email: freshEmail() }, { token: reader })).toEqual({
      status: 403,
      body: { code: 'FORBIDDEN', message: 'This needs the scope subscribers:write.' },
    });
    expect((await monolith.get('?first=1', reader)).status).toBe(200);
  });
});

describe('a bad request', () => {
  test.each([
    [{ email: 'nobody' }, '', 'INVALID_EMAIL', ['email']],
    [{ email: 'a@example.com', name: 'x'.repeat(201) }, '', 'INVALID_INPUT', ['name']],
    [{}, '', 'BAD_USER_INPUT', ['email']],
    [['a@example.com'], '', 'BAD_USER_INPUT', undefined],
    [{ email: 'a@example.com' }, '?mode=evnet', 'BAD_USER_INPUT', ['mode']],
  ])('gets the code and the field at fault: %j %s', async (input, query, code, field) => {
    expect(await monolith.post(input, { token, query })).toEqual({
      status: 400,
      body: { code, message: expect.any(String), field },
    });
  });

  test.each(['?first=ten', '?first=0', '?first=101', '?after=nowhere'])(
    'gets the code for a page that does not exist: %s',
    async (query) => {
      const { status, body } = await monolith.get(query, token);
      expect({ status, code: body.code }).toEqual({ status: 400, code: 'BAD_USER_INPUT' });
    },
  );

  test('gets a conflict when the address must not be on the list yet', async () => {
    const email = await addRandomSubscriber(system.gatewayUrl, token);
    expect(await monolith.post({ email, onExisting: 'FAIL' }, { token })).toMatchObject({
      status: 409,
      body: { code: 'ALREADY_EXISTS', field: ['email'] },
    });
  });

  test('that is too large does not close the connection for others', async () => {
    const sent = Array.from({ length: 5 }, () => monolith.post({ email: freshEmail() }, { token }));
    const large = await monolith.post({ email: freshEmail(), name: 'x'.repeat(100_000) }, { token });
    expect(large.status).toBe(413);
    for (const { status } of await Promise.all(sent)) expect(status).toBe(201);
  });
});

describe('while another service is down', () => {
  test('returns 503 within its timeout, without an address, and recovers', async () => {
    await system.processes['email-subscriptions']!.stop();
    const email = freshEmail('down');
    const responses = await Promise.all([
      monolith.post({ email }, { token }),
      monolith.post({ email }, { token, query: '?mode=event' }),
      monolith.get('', token),
    ]);
    for (const { status, body } of responses) {
      expect({ status, body }).toEqual({
        status: 503,
        body: {
          code: 'UNREACHABLE',
          message: expect.not.stringContaining(String(system.morePorts.TCP_PORT!)),
        },
      });
    }
    expect(monolith.output).toContain(`127.0.0.1:${system.morePorts.TCP_PORT!} cannot be reached`);
    await system.restart('email-subscriptions');
    expect(await monolith.post({ email }, { token })).toMatchObject({ status: 201, body: { email } });
  }, 60_000);

  test('does not blame the access token when it cannot fetch the keys', async () => {
    const JWKS_URL = `http://127.0.0.1:${await freePort()}/.well-known/jwks.json`;
    const keyless = await Monolith.start(system, { JWKS_URL });
    const { status, body } = await keyless.get('', token);
    expect({ status, code: body.code }).toEqual({ status: 503, code: 'KEYS_UNAVAILABLE' });
    expect(await keyless.stop()).toBe(0);
  });
});

test('does not blame the user when email-subscriptions does not trust the monolith', async () => {
  const untrusted = await Monolith.start(system, { SUBSCRIBERS_SECRET: 'x'.repeat(32) });
  const { status, body } = await untrusted.get('', token);
  expect({ status, code: body.code }).toEqual({ status: 502, code: 'UNTRUSTED_CALLER' });
  expect(untrusted.output).toContain('UNTRUSTED_CALLER');
});

test('exits and names every missing or wrong variable', async () => {
  const monolith = Monolith.spawn({ PORT: 'http', JWKS_URL: 'nowhere' });
  expect(await monolith.exited).toBe(1);
  expect(monolith.output).toBe(
    'monolith: PORT is not a port number, SUBSCRIBERS_HOST is missing, SUBSCRIBERS_PORT is missing, ' +
      'SUBSCRIBERS_CALLER is missing, SUBSCRIBERS_SECRET is missing, JWKS_URL is not a URL\n',
  );
});
