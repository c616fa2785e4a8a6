import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { loadSnippet } from './harness/doc-snippets.js';
import { eventually } from './harness/eventually.js';
import { FaultProxy } from './harness/fault-proxy.js';
import { setGlobals } from './harness/global-values.js';
import { post } from './harness/http.js';
import { liveClient, openUpstreams, watch } from './harness/live-client.js';
import { addRandomSubscriber, newPerson, type Person } from './harness/people.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';

let proxy: FaultProxy;
let system: TestSystem;
let url: string;
let ada: Person;
let bob: Person;
beforeAll(async () => {
  system = await startTestSystem({
    // Otherwise the proxy might hold the response to a poll.
    env: { gateway: { REVOCATIONS_POLL_MS: '60000' } },
    between: { users: async (origin) => (proxy = await FaultProxy.inFrontOf(origin)).origin },
  });
  url = system.gatewayUrl;
  [ada, bob] = [await newPerson(url, 'Ada'), await newPerson(url, 'Bob')];
});
let stop: () => void = () => {};
let restoreGlobals: () => void = () => {};
afterEach(() => {
  stop();
  restoreGlobals();
  proxy.release();
  jest.restoreAllMocks();
});
afterAll(async () => {
  proxy?.release();
  await system?.stop();
  await proxy?.close();
});

const add = () => addRandomSubscriber(url, bob.accessToken, 'rejected');

/** Runs a snippet as Ada; returns the addresses that it receives. */
async function runSnippet(name: string): Promise<string[]> {
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
  // The snippet is known to receive events when the first one arrives.
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

/** The error codes that a snippet has printed. */
function printedCodes(): unknown[] {
  const shown = jest.mocked(console.warn).mock.calls.flat(2) as { extensions?: { code?: unknown } }[];
  return shown.map(({ extensions }) => extensions?.code);
}

/** Waits for the last additions; expects that the snippet received each address once. */
async function expectEachOnce(seen: readonly string[], added: readonly string[]): Promise<void> {
  await eventually(
    () => seen,
    () => seen.at(-1) === added.at(-1),
    30_000,
  );
  expect(seen.slice(-added.length)).toEqual(added);
  expect(new Set(seen).size).toBe(seen.length);
}

describe('a draining gateway that still serves other requests', () => {
  test.each(['graphql-sse', 'eventsource'])(
    'tells the snippet of %s why its stream ends, and costs it no event',
    async (name) => {
      jest.spyOn(console, 'warn').mockImplementation(() => {});
      const statuses: number[] = [];
      const originalFetch = globalThis.fetch;
      jest.spyOn(globalThis, 'fetch').mockImplementation(async (...request) => {
        const response = await originalFetch(...request);
        statuses.push(response.status);
        return response;
      });
      const seen = await runSnippet(name);
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
      expect(printedCodes()).toEqual(['SUBSCRIPTION_SERVER_DRAINING']);
      await client.dispose();
    },
  );
});

test('the snippet of graphql-ws resumes after a rate limit that hits its reconnection', async () => {
  const sockets: WebSocket[] = [];
  const errors: unknown[] = [];
  class RecordingSocket extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      sockets.push(this);
      this.on('message', (data: Buffer) => {
        const { type, payload } = JSON.parse(data.toString()) as { type: string; payload: unknown };
        if (type === 'error') errors.push(payload);
      });
    }
  }
  // As browsers and later versions of Node.js have it.
  restoreGlobals = setGlobals({ WebSocket: RecordingSocket });
  const most = 60;
  await system.restart('gateway', { RATE_LIMIT_OPERATIONS: String(most), RATE_LIMIT_SECONDS: '8' });
  const seen = await runSnippet('graphql-ws');
  await eventually(
    () => post(url, '{ __typename }', { token: ada.accessToken }),
    ({ status }) => status === 429,
  );
  sockets.at(-1)!.terminate();
  const added = [await add(), await add()];
  await eventually(
    () => errors,
    () => errors.length > 0,
  );
  expect(errors).toMatchObject([
    [{ extensions: { code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) } }],
  ]);
  await expectEachOnce(seen, added);
}, 60_000);
