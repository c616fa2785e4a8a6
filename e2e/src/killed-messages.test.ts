import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  ADD_SUBSCRIBER,
  SubscribersRecord,
  type AddedSubscriber,
  type SubscribersClient,
} from '@supergraph/nest-tcp-client';
import { withClient } from '@supergraph/tools/postgres-client';
import { lastValueFrom } from 'rxjs';
import { ADDED_WITH_TIME, emailsOf } from './harness/additions.js';
import { eventually } from './harness/eventually.js';
import { FaultProxy } from './harness/fault-proxy.js';
import { length } from './harness/length.js';
import { liveClient, watch } from './harness/live-client.js';
import { monolithClient } from './harness/nest-tcp.js';
import { freshEmail, newPerson, streamCursor } from './harness/people.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';
import { Random } from './kill-matrix/random.js';
import { Writer } from './killed-messages/writers.js';

const KILLS = length(5, 20);
const SENDERS = 4;
const LONGEST_PAUSE_MS = 300;
const TIMEOUT_MS = 5_000;

const seed = randomInt(2 ** 31);
let system: TestSystem;
let client: SubscribersClient;
const logs: string[] = [];
/** The subscribers that earlier test files added. */
let earlier: string[] = [];

beforeAll(async () => {
  system = await startTestSystem();
  earlier = [...(await idsByEmail()).values()];
  client = await monolithClient(system, TIMEOUT_MS);
});
afterAll(async () => {
  client?.close();
  await system?.stop();
});

test(`loses no acknowledged or logged message when email-subscriptions is killed ${KILLS} times`, async () => {
  const ada = await newPerson(system.gatewayUrl);
  const start = await streamCursor(system.gatewayUrl, ada.accessToken);
  const random = new Random(seed);
  const acknowledged = new Map<string, AddedSubscriber>();
  const [emitted, sent] = [new Map<string, string>(), new Map<string, string>()];
  const writers = Array.from(
    { length: SENDERS },
    (_, n) =>
      new Writer({
        name: `sent-${n}`,
        random: random.fork(),
        retries: true,
        send: async (email) => {
          const data = { email, idempotencyKey: email };
          acknowledged.set(email, await lastValueFrom(client.send<AddedSubscriber>(ADD_SUBSCRIBER, data)));
        },
      }),
  );
  const emitter = new Writer({
    name: 'emitted',
    random: random.fork(),
    retries: false,
    send: async (email) => {
      const requestId = email.replace(/@.*/, '');
      emitted.set(requestId, email);
      const record = new SubscribersRecord({ email }, { requestId });
      await lastValueFrom(client.emit(ADD_SUBSCRIBER, record), { defaultValue: undefined });
      sent.set(requestId, email);
    },
  });
  writers.push(emitter);
  const done = () => acknowledged.size + sent.size;

  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = done();
    await eventually(done, (now) => now > before + SENDERS, 30_000);
    await delay(random.below(LONGEST_PAUSE_MS));
    await killAndRestart();
  }
  await Promise.all(writers.map((writer) => writer.stop()));
  logs.push(...system.processes['email-subscriptions']!.logs());

  const ids = await idsByEmail();
  const handled = handledEmits().filter(({ requestId }) => emitted.has(requestId));
  const lost = [...sent.values()].filter((email) => !ids.has(email));
  process.stdout.write(
    `seed ${seed}: ${acknowledged.size} by send, all acknowledged after ` +
      `${writers.flatMap(({ setbacks }) => setbacks).length - emitter.setbacks.length} failures; ` +
      `${sent.size} by emit, ${lost.length} of them lost, ${emitter.setbacks.length} not sent\n`,
  );

  for (const [email, { id, created }] of acknowledged) {
    expect({ seed, email, id, created }).toEqual({ seed, email, id: ids.get(email), created: true });
  }
  expect(handled.length).toBeGreaterThan(0);
  expect(handled.filter(({ result }) => result !== 'OK')).toEqual([]);
  expect(handled.filter(({ requestId }) => !ids.has(emitted.get(requestId)!))).toEqual([]);
  const codes = new Set(writers.flatMap(({ setbacks }) => setbacks));
  expect([...codes].filter((code) => code !== 'NO_ANSWER' && code !== 'UNREACHABLE')).toEqual([]);
  expect(codes).toContain('NO_ANSWER');

  const live = liveClient(system.gatewayUrl, ada.accessToken);
  const replay = watch(live, ADDED_WITH_TIME, { after: start });
  const seen = await eventually(
    () => emailsOf(replay),
    (emails) => emails.length >= ids.size,
  );
  await live.dispose();
  expect(seen.toSorted()).toEqual([...ids.keys()].toSorted());
}, 300_000);

test('gives the same response to a repeated addition whose response was lost', async () => {
  const proxy = await FaultProxy.inFrontOf(`http://127.0.0.1:${system.morePorts.TCP_PORT!}`);
  const port = Number(new URL(proxy.origin).port);
  const through = await monolithClient({ ...system, morePorts: { TCP_PORT: port } }, TIMEOUT_MS);
  try {
    const email = freshEmail();
    const send = () =>
      lastValueFrom(through.send<AddedSubscriber>(ADD_SUBSCRIBER, { email, idempotencyKey: email }));
    proxy.hold();
    const lost = send();
    lost.catch(() => {});
    const ids = await eventually(idsByEmail, (byEmail) => byEmail.has(email));
    await killAndRestart();
    proxy.release();
    await expect(lost).rejects.toMatchObject({ code: 'NO_ANSWER' });
    expect(await send()).toMatchObject({ id: ids.get(email), created: true });
  } finally {
    through.close();
    await proxy.close();
  }
});

async function killAndRestart(): Promise<void> {
  const service = system.processes['email-subscriptions']!;
  service.kill('SIGKILL');
  await service.exited;
  logs.push(...service.logs());
  await system.restart('email-subscriptions');
}

/** The results of messages by `emit`, from the log of the service. */
function handledEmits(): { result: string; requestId: string }[] {
  return logs
    .filter((line) => line.includes('"style":"emit"'))
    .map((line) => JSON.parse(line) as { result: string; requestId: string });
}

/** The subscribers that this test file added. */
function idsByEmail(): Promise<Map<string, string>> {
  return withClient(system.databaseUrls['email-subscriptions']!, async (database) => {
    const { rows } = await database.query<{ id: string; email: string }>(
      'SELECT id, email FROM subscribers WHERE id <> ALL($1)',
      [earlier],
    );
    return new Map(rows.map(({ id, email }) => [email, id]));
  });
}
