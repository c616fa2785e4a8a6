import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { loadSnippet } from './harness/doc-snippets.js';
import { eventually } from './harness/eventually.js';
import { FaultProxy } from './harness/fault-proxy.js';
import { post } from './harness/http.js';
import { liveClient, openUpstreams, watch } from './harness/live-client.js';
import { addSomebody, newPerson, type Person } from './harness/people.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';

let proxy: FaultProxy;
let system: TestSystem;
let url: string;
let ada: Person;
let bob: Person;
beforeAll(async () => {
  system = await startTestSystem({
    // Else what is held may be the answer to a poll.
    env: { gateway: { REVOCATIONS_POLL_MS: '60000' } },
    between: { users: async (origin) => (proxy = await FaultProxy.before(origin)).origin },
  });
  url = system.gatewayUrl;
  [ada, bob] = [await newPerson(url, 'Ada'), await newPerson(url, 'Bob')];
});
let stop: () => void = () => {};
afterEach(() => {
  stop();
  proxy.release();
  jest.restoreAllMocks();
});
afterAll(async () => {
  proxy?.release();
  await system?.stop();
  await proxy?.close();
});

const add = () => addSomebody(url, bob.accessToken, 'refused');

/** Runs a snippet in Ada's name; answers the addresses that it is shown. */
async function follow(name: string): Promise<string[]> {
  const seen: string[] = [];
  const { watchSubscribers } = await loadSnippet(name);
  stop = watchSubscribers({
    url,
    accessToken: async () => ada.accessToken,
    onAdded: ({ email }) => seen.push(email),
  });
  await eventually(
    () => openUpstreams(url),
    (open) => open === 1,
  );
  // What "from now on" means is known when the first one arrives.
  await eventually(
    async () => [await add(), seen.length],
    ([, arrived]) => arrived !== 0,
  );
  const last = await add();
  await eventually(
    () => seen,
    () => seen.at(-1) === last,
  );
  return seen;
}

/** The codes of errors that a snippet has shown. */
function codesShown(): unknown[] {
  const shown = jest.mocked(console.warn).mock.calls.flat(2) as { extensions?: { code?: unknown } }[];
  return shown.map(({ extensions }) => extensions?.code);
}

/** Waits for those who were added last, and has everybody seen once. */
async function expectEachOnce(seen: readonly string[], added: readonly string[]): Promise<void> {
  await eventually(
    () => seen,
    () => seen.at(-1) === added.at(-1),
    30_000,
  );
  expect(seen.slice(-added.length)).toEqual(added);
  expect(new Set(seen).size).toBe(seen.length);
}

describe('a gateway that drains and still answers others', () => {
  test.each(['graphql-sse', 'eventsource'])(
    'does not lose who watches by the snippet of %s, and tells them why it ends',
    async (name) => {
      jest.spyOn(console, 'warn').mockImplementation(() => {});
      const statuses: number[] = [];
      const real = globalThis.fetch;
      jest.spyOn(globalThis, 'fetch').mockImplementation(async (...request) => {
        const response = await real(...request);
        statuses.push(response.status);
        return response;
      });
      const seen = await follow(name);
      const client = liveClient(url, bob.accessToken);
      proxy.hold();
      watch(client, '{ viewer { email } }');
      await eventually(
        () => proxy.held,
        (held) => held > 0,
      );
      system.processes.gateway.kill('SIGTERM');
      await eventually(
        () => statuses,
        () => statuses.includes(503),
      );
      proxy.release();
      await system.restart('gateway');
      const added = [await add(), await add()];
      await expectEachOnce(seen, added);
      expect(codesShown()).toEqual(['SUBSCRIPTION_SERVER_DRAINING']);
      await client.dispose();
    },
  );
});

test('who has no operations left when the connection is lost comes back by the snippet of graphql-ws', async () => {
  const sockets: WebSocket[] = [];
  const refusals: unknown[] = [];
  class Noted extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      sockets.push(this);
      this.on('message', (data: Buffer) => {
        const { type, payload } = JSON.parse(data.toString()) as { type: string; payload: unknown };
        if (type === 'error') refusals.push(payload);
      });
    }
  }
  // As browsers and later versions of Node.js have it.
  Object.assign(globalThis, { WebSocket: Noted });
  const most = 60;
  await system.restart('gateway', { RATE_LIMIT_OPERATIONS: String(most), RATE_LIMIT_SECONDS: '20' });
  const seen = await follow('graphql-ws');
  await eventually(
    () => post(url, '{ __typename }', { token: ada.accessToken }),
    ({ status }) => status === 429,
  );
  sockets.at(-1)!.terminate();
  const added = [await add(), await add()];
  await eventually(
    () => refusals,
    () => refusals.length > 0,
  );
  expect(refusals).toMatchObject([
    [{ extensions: { code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) } }],
  ]);
  await expectEachOnce(seen, added);
}, 60_000);
