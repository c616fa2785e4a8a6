import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort } from '@supergraph/tools/free-port';
import { startServiceProcess, type ServiceProcess } from '@supergraph/tools/service-process';
import { describeServices } from '@supergraph/tools/services';
import { Balancer } from './harness/balancer.js';
import { eventually } from './harness/eventually.js';
import { length } from './harness/length.js';
import { keyMaker, letKeysAge, publishedKeys, rotateKeys } from './harness/signing-keys.js';
import { startOwnSystem, type TestSystem } from './harness/test-system.js';
import { TokenHolder } from './harness/token-holder.js';

const ROTATIONS = length(20, 100);
/** Longer than both refreshes together, with room for a machine that has other work to do. */
const LEAD_MS = 6_000;
const USERS = { ACCESS_TOKEN_SECONDS: '8', SIGNING_KEYS_REFRESH_MS: '50' };
const GATEWAY = { KEYS_REFRESH_MS: '100', RATE_LIMIT_OPERATIONS: '0' };
/** The longest life of a token, a minute, and a second. */
const UNTIL_KEYS_END = 661;

let system: TestSystem;
let balancer: Balancer;
let other: ServiceProcess;
let origins: string[];
let holders: TokenHolder[];
beforeAll(async () => {
  const otherPort = await freePort();
  system = await startOwnSystem({
    env: { users: USERS, gateway: GATEWAY },
    between: {
      users: async (origin) => {
        origins = [origin, `http://127.0.0.1:${otherPort}`];
        balancer = await Balancer.before(origins.map((each) => Number(new URL(each).port)));
        return balancer.origin;
      },
    },
  });
  const { databaseUrls, secrets } = system;
  const ports = { users: otherPort, gateway: 0, emailSubscriptions: 0 };
  const { users } = describeServices({ ports, databaseUrls, secrets, nodeEnv: 'test', logLevel: 'info' });
  other = startServiceProcess({ ...users, environment: { ...users.environment, ...USERS } });
  await other.ready();
});
afterAll(async () => {
  await Promise.all((holders ?? []).map((holder) => holder.stop().catch(() => undefined)));
  await other?.stop();
  await balancer?.close();
  await system?.stop();
});

test('no token is rejected before it expires while keys rotate at two replicas', async () => {
  const url = system.gatewayUrl;
  holders = await Promise.all(
    (['refresh', 'refresh', 'refresh', 'login'] as const).map((by) => TokenHolder.start(url, by)),
  );
  const keys = await keyMaker(system.databaseUrls.users, system.secrets.signingKeySecret, LEAD_MS);
  const made: string[] = [];
  try {
    while (made.length < ROTATIONS) {
      const before = holders.map(({ renewed }) => renewed);
      made.push((await keys.make()).kid);
      await eventually(
        () => holders,
        () => holders.every(({ renewed }, index) => renewed > before[index]!),
      );
    }
    const last = made.at(-1)!;
    await eventually(
      () => holders,
      () => holders.every(({ kids }) => kids.has(last)),
    );
  } finally {
    await keys.close();
    await Promise.all(holders.map((holder) => holder.stop()));
  }
  expect(holders.flatMap(({ refusals }) => refusals)).toEqual([]);
  const signers = new Set(holders.flatMap(({ kids }) => [...kids]));
  expect(made.filter((kid) => signers.has(kid)).length).toBeGreaterThan(ROTATIONS / 2);
  expect(holders.reduce((sum, { taken }) => sum + taken, 0)).toBeGreaterThan(10 * ROTATIONS);

  for (const origin of origins) expect(await publishedKeys(origin)).toHaveLength(ROTATIONS + 1);
  await letKeysAge(system.databaseUrls.users, UNTIL_KEYS_END);
  for (const origin of origins) {
    await eventually(
      () => publishedKeys(origin),
      (kids) => kids.length === 1 && kids[0] === made.at(-1),
    );
  }
}, 120_000);

test('an operator rotates them with one command: the new key is published, and then signs', async () => {
  const before = await publishedKeys(origins[0]!);
  const told = await rotateKeys({
    DATABASE_URL: system.databaseUrls.users,
    SIGNING_KEY_SECRET: system.secrets.signingKeySecret,
    SIGNING_KEY_LEAD_MS: String(LEAD_MS),
  });
  const kid = /the new key ([\w-]{43}) signs from/.exec(told)?.[1];
  for (const origin of origins) {
    await eventually(
      () => publishedKeys(origin),
      (kids) => kids.join() === [...before, kid].join(),
    );
  }
  const holder = await TokenHolder.start(system.gatewayUrl, 'refresh');
  holders.push(holder);
  await eventually(
    () => [...holder.kids],
    (kids) => kids.includes(kid!),
  );
  await holder.stop();
  expect(holder.refusals).toEqual([]);
});
