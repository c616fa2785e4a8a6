import { once } from 'node:events';
import { Fault } from '@supergraph/tools/fault';
import { NO_LIMIT, withBenchSystem } from '../bench-system.js';
import { startChild } from '../child.js';
import { copyAccount } from './copied-accounts.js';
import type { DurablePostgres } from '../durable-postgres.js';
import { asGateway, Endpoint } from '../endpoint.js';
import { type Figure, ratios } from '../figure.js';
import { timesPerSecond } from '../load.js';
import type { HashingTask } from './hashing.js';

const ACCOUNTS = 500;
const ROUNDS = 3;
const ROUND_SECONDS = 20;
const HASHING_SECONDS = 5;
const TIMEOUT_MS = '60000';
const LEAST_RATIO = 0.85;

const LOGIN = `mutation ($input: LoginInput!) {
  login(input: $input) { tokens { accessToken } userErrors { code message } }
}`;

const USERS = {
  ATTEMPTS_PER_ACCOUNT_AND_ADDRESS: NO_LIMIT,
  ATTEMPTS_PER_ACCOUNT: NO_LIMIT,
  ATTEMPTS_PER_ADDRESS: NO_LIMIT,
};

/** Logins per second at the users subgraph with 500 concurrent clients, compared with hashing alone. */
export async function accountsBench(postgres: DurablePostgres): Promise<Figure[]> {
  return withBenchSystem(postgres, { users: USERS }, async (bench) => {
    const { passwordHash } = await copyAccount(bench, ACCOUNTS);
    const [hashes, logins]: [number[], number[]] = [[], []];
    const asAnonymous = asGateway('users', bench.system.secrets.USERS_TXN_TOKEN_SECRET!);
    const headers = () => ({ ...asAnonymous.headers(), 'x-timeout-ms': TIMEOUT_MS });
    const users = new Endpoint(bench.system.subgraphUrls.users!, { ...asAnonymous, headers }, ACCOUNTS);
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        hashes.push(await hashesPerSecond(bench.account.password, passwordHash));
        logins.push(await loginsPerSecond(users, bench.account.password));
      }
    } finally {
      await users.close();
    }
    return [
      { name: 'argon2id alone, per second', values: hashes, digits: 1 },
      { name: 'logins at users, per second', values: logins, digits: 1 },
      { name: 'logins : argon2id', values: ratios(logins, hashes), digits: 2, atLeast: LEAST_RATIO },
    ];
  });
}

const addressOf = (n: number) => `bench-${n}@example.com`;

async function hashesPerSecond(password: string, passwordHash: string): Promise<number> {
  const task: HashingTask = { password, passwordHash, seconds: HASHING_SECONDS };
  const child = await startChild(new URL('./hashing.js', import.meta.url), task);
  try {
    const [rate] = (await once(child.process, 'message')) as [number];
    return rate;
  } finally {
    await child.stop();
  }
}

async function loginsPerSecond(users: Endpoint, password: string): Promise<number> {
  return timesPerSecond(ACCOUNTS, ROUND_SECONDS, async (client) => {
    const { login } = await users.query<{ login: { tokens: object | null } }>(LOGIN, {
      input: { email: addressOf(client), password },
    });
    if (!login.tokens) throw new Fault('a login failed');
  });
}
