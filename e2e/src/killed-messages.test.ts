import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ADD_SUBSCRIBER, type AddedSubscriber, type SubscribersClient } from '@supergraph/nest-tcp-client';
import { withClient } from '@supergraph/tools/postgres-client';
import { lastValueFrom } from 'rxjs';
import { ADDED_WITH_TIME, emailsOf } from './harness/additions.js';
import { eventually } from './harness/eventually.js';
import { FaultProxy } from './harness/fault-proxy.js';
import { length } from './harness/length.js';
import { liveClient, watch } from './harness/live-client.js';
import { monolithClient } from './harness/nest-tcp.js';
import { freshEmail, newPerson, streamCursor } from './harness/people.js';
import { startOwnSystem, type TestSystem } from './harness/test-system.js';
import { Dice } from './kill-matrix/dice.js';
import { Emitter, Sender } from './killed-messages/writers.js';

const KILLS = length(5, 20);
const SENDERS = 4;
const LONGEST_LIFE_MS = 300;
const TIMEOUT_MS = 5_000;

const seed = randomInt(2 ** 31);
let system: TestSystem;
let client: SubscribersClient;
const logs: string[] = [];

beforeAll(async () => {
  system = await startOwnSystem();
  client = await monolithClient(system, TIMEOUT_MS);
});
afterAll(async () => {
  client?.close();
  await system?.stop();
});

test(`email-subscriptions, killed ${KILLS} times, loses no message that was acknowledged or logged`, async () => {
  const ada = await newPerson(system.gatewayUrl);
  const start = await streamCursor(system.gatewayUrl, ada.accessToken);
  const dice = new Dice(seed);
  const senders = Array.from(
    { length: SENDERS },
    (_, n) => new Sender({ name: `sent-${n}`, client, dice: dice.another() }),
  );
  const emitter = new Emitter({ name: 'emitted', client, dice: dice.another() });
  const writers = [...senders, emitter];
  for (const writer of writers) writer.start();
  const done = () => senders.reduce((sum, { acknowledged }) => sum + acknowledged.size, emitter.sent.size);

  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = done();
    await eventually(done, (now) => now > before + SENDERS, 30_000);
    await delay(dice.whole(LONGEST_LIFE_MS));
    await killAndRestart();
  }
  await Promise.all(writers.map((writer) => writer.stop()));
  logs.push(...system.processes.emailSubscriptions.logs());

  const ids = await idsByEmail();
  const acknowledged = senders.flatMap((sender) => [...sender.acknowledged]);
  const handled = handledEmits();
  const lost = [...emitter.sent.values()].filter((email) => !ids.has(email));
  process.stdout.write(
    `seed ${seed}: ${acknowledged.length} by send, all acknowledged after ` +
      `${senders.flatMap(({ setbacks }) => setbacks).length} failures; ` +
      `${emitter.sent.size} by emit, ${lost.length} of them lost, ${emitter.setbacks.length} not sent\n`,
  );

  for (const [email, { id, created }] of acknowledged) {
    expect({ seed, email, id, created }).toEqual({ seed, email, id: ids.get(email), created: true });
  }
  expect(handled.length).toBeGreaterThan(0);
  expect(handled.filter(({ result }) => result !== 'OK')).toEqual([]);
  expect(handled.filter(({ requestId }) => !ids.has(emitter.tried.get(requestId)!))).toEqual([]);
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

test('an addition that is done, but whose answer is lost, is answered as the first time when it is sent again', async () => {
  const proxy = await FaultProxy.before(`http://127.0.0.1:${system.tcpPort}`);
  const port = Number(new URL(proxy.origin).port);
  const through = await monolithClient({ ...system, tcpPort: port }, TIMEOUT_MS);
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
  const service = system.processes.emailSubscriptions;
  service.kill('SIGKILL');
  await service.exited;
  logs.push(...service.logs());
  await system.restart('emailSubscriptions');
}

/** What the service says of the messages that it got by `emit`, and has told nobody. */
function handledEmits(): { result: string; requestId: string }[] {
  return logs
    .filter((line) => line.includes('"style":"emit"'))
    .map((line) => JSON.parse(line) as { result: string; requestId: string });
}

function idsByEmail(): Promise<Map<string, string>> {
  return withClient(system.databaseUrls.emailSubscriptions, async (database) => {
    const { rows } = await database.query<{ id: string; email: string }>('SELECT id, email FROM subscribers');
    return new Map(rows.map(({ id, email }) => [email, id]));
  });
}
