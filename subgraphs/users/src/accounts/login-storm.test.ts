import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TIMEOUT_HEADER } from '@kit/service';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { ADA, register } from '../testing/people.js';
import { anonymousAt, tryPassword } from '../testing/from-address.js';
import { gatewayHeaders, runUsers, type RunningUsers } from '../testing/running-users.js';

/** Enough that all hashes at once would take 2.8 GiB. */
const LOGINS = 150;
const GATEWAY_TIMEOUT_MS = '10000';
/** The growth of this process, including the clients of the test. Each hash takes 19 MiB. */
const MOST_MEMORY = 512 * 1024 * 1024;

let testDatabase: TestDatabase;
let users: RunningUsers;
beforeAll(async () => {
  testDatabase = await createTestDatabase('users');
  users = await runUsers(testDatabase.url, { ATTEMPTS_PER_ACCOUNT: '1000', PASSWORD_HASH_COST: 'full' });
  await register(users, ADA);
});
afterAll(async () => {
  await users?.close();
  await testDatabase?.drop();
});

test('serves many concurrent logins, and health checks meanwhile, with bounded memory', async () => {
  const logIn = (ip: string) =>
    tryPassword(users, ADA.email, ADA.password, ip, {
      ...gatewayHeaders(anonymousAt(ip)),
      [TIMEOUT_HEADER]: GATEWAY_TIMEOUT_MS,
    });
  const storm = { isOver: false };
  const before = process.memoryUsage.rss();
  const logins = Promise.all(
    Array.from({ length: LOGINS }, (_, n) => logIn(`10.0.${n >> 8}.${n & 255}`)),
  ).finally(() => (storm.isOver = true));
  let peak = before;
  let healthChecks = 0;
  while (!storm.isOver) {
    expect((await fetch(`${users.origin}/health/ready`)).status).toBe(200);
    healthChecks += 1;
    peak = Math.max(peak, process.memoryUsage.rss());
  }
  const codes = (await logins).map(({ code }) => code);
  expect(codes).toHaveLength(LOGINS);
  expect(codes.filter((code) => code !== 'OK' && code !== 'RATE_LIMITED')).toEqual([]);
  expect(codes.filter((code) => code === 'OK').length).toBeGreaterThan(0);
  expect(peak - before).toBeLessThan(MOST_MEMORY);
  // A health check that waits for the logins would be the only one.
  expect(healthChecks).toBeGreaterThan(3);
}, 180_000);
