import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withClient } from '@supergraph/tools/postgres-client';
import type { System } from '@supergraph/tools/system';
import type { DurablePostgres } from '../durable-postgres.js';
import { OPEN_REGISTRATION } from '../people.js';
import { withProductionSystem } from '../production-system.js';
import { strangersTxnToken } from '../txn-token.js';
import { AccountClient } from './account-client.js';

const PEOPLE = 500;
const PASSWORD = randomUUID();
const PATIENCE_MS = '60000';
const NO_LIMIT = '1000000000';

const USERS = {
  ...OPEN_REGISTRATION,
  // All come from one address here, and all know their passwords.
  ATTEMPTS_PER_ACCOUNT_AND_ADDRESS: NO_LIMIT,
  ATTEMPTS_PER_ACCOUNT: NO_LIMIT,
  ATTEMPTS_PER_ADDRESS: NO_LIMIT,
  MAIL_FOLDER: path.join(tmpdir(), 'subscribers-supergraph-bench-mail'),
};

export const GATEWAY = {
  RATE_LIMIT_OPERATIONS: NO_LIMIT,
  // Five hundred who log in at once on two cores wait for some seconds, and the gateway has to share the cores.
  SUBGRAPH_TIMEOUT_MS: PATIENCE_MS,
  OPERATION_TIMEOUT_MS: PATIENCE_MS,
  OVERLOAD_DELAY_MS: PATIENCE_MS,
};

/** A running system with accounts that have one password, and clients who use them. */
export class AccountsSystem {
  private constructor(
    readonly system: System,
    readonly databaseUrls: { users: string; emailSubscriptions: string },
    readonly emails: readonly string[],
    readonly password: string,
    /** Of each of the accounts. */
    readonly passwordHash: string,
  ) {}

  /** Starts all services as in production, on databases that keep what they have acknowledged. */
  static async with(
    postgres: DurablePostgres,
    work: (system: AccountsSystem) => Promise<void>,
  ): Promise<void> {
    await withProductionSystem(postgres, { users: USERS, gateway: GATEWAY }, async (system, databaseUrls) => {
      const { emails, passwordHash } = await makePeople(system, databaseUrls.users);
      await work(new AccountsSystem(system, databaseUrls, emails, PASSWORD, passwordHash));
    });
  }

  get usersPid(): number {
    return this.system.processes.users.pid;
  }

  /** Clients of the users subgraph itself, each at an address of their own, who are as patient as the gateway. */
  direct(connections: number): AccountClient {
    const { usersUrl, secrets } = this.system;
    const headers = (client: number) => ({
      'txn-token': strangersTxnToken(
        'users',
        secrets.usersTxnTokenSecret,
        `10.0.${client >> 8}.${client & 255}`,
      ),
      'x-timeout-ms': PATIENCE_MS,
    });
    return new AccountClient(usersUrl, connections, headers);
  }

  throughGateway(connections: number): AccountClient {
    return new AccountClient(this.system.gatewayUrl, connections, () => ({}));
  }
}

/** One who registers, and others who are copied from them: each would cost a hash. */
async function makePeople({ gatewayUrl }: System, databaseUrl: string) {
  const first = new AccountClient(gatewayUrl, 1, () => ({}));
  const addressOf = (n: number | string) => `bench-${n}@example.com`;
  try {
    await first.register(addressOf('first'), PASSWORD);
  } finally {
    await first.close();
  }
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ password_hash: string }>(
      `INSERT INTO users
       SELECT (jsonb_populate_record(first, jsonb_build_object(
         'id', gen_random_uuid(), 'email', address, 'email_normalized', address))).*
       FROM users AS first, generate_series(1, $1::int) AS n, format('bench-%s@example.com', n) AS address
       WHERE first.email = $2
       RETURNING password_hash`,
      [PEOPLE, addressOf('first')],
    );
    await client.query('ANALYZE users');
    const emails = Array.from({ length: PEOPLE }, (_, index) => addressOf(index + 1));
    return { emails, passwordHash: rows[0]?.password_hash ?? '' };
  });
}
