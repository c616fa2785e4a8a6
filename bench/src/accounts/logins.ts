import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { startChild } from '../child.js';
import { printFigures } from '../figure.js';
import { resetPeakMemory, residentMemory } from '../resident-memory.js';
import { percentile } from '../statistics.js';
import type { AccountClient } from './account-client.js';
import type { AccountsSystem } from './accounts-system.js';
import type { BareHashingTask } from './bare-hashing.js';
import { timesPerSecond } from './crowd-of-clients.js';
import { ReadinessWatch } from './readiness-watch.js';

const ROUNDS = 3;
const AT_ONCE = 500;
const ROUND_SECONDS = 20;
const BARE_SECONDS = 5;
/** As an answer that refuses would ask for. */
const AFTER_FAILURE_MS = 1_000;
const LEAST_RATIO = 0.85;
const MOST_READY_MS = 100;

/** Logins a second with 500 at once, beside what hashing alone allows; and how the service fares meanwhile. */
export async function logins(system: AccountsSystem): Promise<void> {
  const rates = { bare: [] as number[], direct: [] as number[], gateway: [] as number[] };
  const [ready, memory] = [[] as number[], [] as number[]];
  let failed = 0;
  const { now: idle } = residentMemory(system.usersPid);
  const clients = { direct: system.direct(AT_ONCE), gateway: system.throughGateway(AT_ONCE) };
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      rates.bare.push(await bareRate(system));
      for (const way of ['direct', 'gateway'] as const) {
        resetPeakMemory(system.usersPid);
        const watch = new ReadinessWatch(system.system.usersUrl);
        const { rate, failures } = await logInAll(system, clients[way]);
        rates[way].push(rate);
        failed += failures;
        ready.push(percentile(await watch.stop(), 99));
        memory.push(residentMemory(system.usersPid).peak);
      }
    }
  } finally {
    await Promise.all([clients.direct.close(), clients.gateway.close()]);
  }
  const ratio = (way: 'direct' | 'gateway') => rates[way].map((rate, round) => rate / rates.bare[round]!);
  printFigures(`Logins: ${ROUNDS} rounds of ${ROUND_SECONDS} s, ${AT_ONCE} at once`, [
    { name: 'argon2id alone', values: rates.bare, unit: 'a second', digits: 1 },
    { name: 'logins at users', values: rates.direct, unit: 'a second', digits: 1 },
    { name: 'logins through the gateway', values: rates.gateway, unit: 'a second', digits: 1 },
    { name: 'logins at users : argon2id', values: ratio('direct'), digits: 2, atLeast: LEAST_RATIO },
    { name: 'logins through the gateway : argon2id', values: ratio('gateway'), digits: 2 },
    { name: 'logins that failed', values: [failed], atMost: 0 },
    {
      name: '/health/ready of users meanwhile, p99',
      values: ready,
      unit: 'ms',
      digits: 1,
      atMost: MOST_READY_MS,
    },
    { name: 'memory of users before', values: [idle], unit: 'MiB' },
    { name: 'memory of users meanwhile, at most', values: memory, unit: 'MiB' },
  ]);
}

async function logInAll({ emails, password }: AccountsSystem, client: AccountClient) {
  let failures = 0;
  const rate = await timesPerSecond(AT_ONCE, ROUND_SECONDS, async (n) => {
    try {
      await client.logIn(n, emails[n % emails.length]!, password);
      return true;
    } catch (error) {
      if (failures === 0) console.error(error);
      failures += 1;
      await delay(AFTER_FAILURE_MS);
      return false;
    }
  });
  return { rate, failures };
}

async function bareRate({ password, passwordHash }: AccountsSystem): Promise<number> {
  const task: BareHashingTask = { password, passwordHash, seconds: BARE_SECONDS };
  const child = await startChild(new URL('./bare-hashing.js', import.meta.url), task);
  try {
    const [rate] = (await once(child.process, 'message')) as [number];
    return rate;
  } finally {
    await child.stop();
  }
}
