import { once } from 'node:events';
import { Fault } from '@supergraph/tools/fault';
import { withClient } from '@supergraph/tools/postgres-client';
import { type BenchSystem, NO_LIMIT, withBenchSystem } from '../bench-system.js';
import { startChild } from '../child.js';
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
    const passwordHash = await copyAccount(bench);
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

/** Copies the editor's account in SQL, since registering each would cost a hash. @returns the hash they share */
async function copyAccount({ databaseUrls, account }: BenchSystem): Promise<string> {
  return withClient(databaseUrls.users!, async (client) => {
    const { rows } = await client.query<{ password_hash: string }>(
      `INSERT INTO users
       SELECT (jsonb_populate_record(first, jsonb_build_object(
         'id', gen_random_uuid(), 'email', address, 'email_normalized', address))).*
       FROM users AS first, generate_series(0, $1::int - 1) AS n, format('bench-%s@example.com', n) AS address
       WHERE first.email = $2
       RETURNING password_hash`,
      [ACCOUNTS, account.email],
    );
    await client.query('ANALYZE users');
    return rows[0]?.password_hash ?? '';
  });
}

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
