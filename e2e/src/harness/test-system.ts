import type { PerSubgraph } from '@supergraph/tools/services';
import { startSystem, type System, type SystemOptions } from '@supergraph/tools/system';
import { createTestDatabase } from '@supergraph/tools/test-postgres/database';
import { OWNER } from './people.js';
import { borrowSystem } from './shared-system/borrowed.js';

export interface TestSystem extends System {
  readonly databaseUrls: PerSubgraph<string>;
}

/** A website whose pages may use the gateway of a shared system. */
export const OUR_SITE = 'https://app.example.com';

/** Settings of all test systems: the same owner, and many accounts from one address. */
const USERS = {
  OWNER_EMAIL: OWNER.email,
  OWNER_PASSWORD: OWNER.password,
  ATTEMPTS_PER_ADDRESS: '1000000',
};

/** Settings of shared systems: two websites and one proxy. */
const SHARED_GATEWAY = {
  CORS_ORIGINS: `${OUR_SITE}, https://studio.apollographql.com`,
  TRUSTED_PROXY_HOPS: '1',
};

const LOW_HASH_COST = { PASSWORD_HASH_COST: 'low' };

/**
 * Returns the running system of this Jest worker. Services whose options differ from those of the last test file are
 * restarted. The databases keep the data of earlier test files, so each test uses its own accounts, addresses and
 * cursors.
 */
export async function startTestSystem(
  options: Pick<SystemOptions, 'env' | 'between'> = {},
): Promise<TestSystem> {
  return borrowSystem(async ({ usersUrl, emailSubscriptionsUrl }) => {
    const { users, emailSubscriptions } = options.between ?? {};
    return {
      users: { ...USERS, ...LOW_HASH_COST, ...options.env?.users },
      emailSubscriptions: { ...options.env?.emailSubscriptions },
      gateway: {
        ...SHARED_GATEWAY,
        ...options.env?.gateway,
        ...(users && { USERS_URL: await users(new URL(usersUrl).origin) }),
        ...(emailSubscriptions && {
          EMAIL_SUBSCRIPTIONS_URL: await emailSubscriptions(new URL(emailSubscriptionsUrl).origin),
        }),
      },
    };
  });
}

/** Starts a separate system over two empty databases. `stop` stops it and drops them. */
export async function startOwnSystem(options: Omit<SystemOptions, 'databaseUrls'> = {}): Promise<TestSystem> {
  const [users, emailSubscriptions] = await Promise.all([
    createTestDatabase('users'),
    createTestDatabase('email-subscriptions'),
  ]);
  const databaseUrls = { users: users.url, emailSubscriptions: emailSubscriptions.url };
  // Production rejects a lower cost.
  const cost = options.nodeEnv === 'production' ? {} : LOW_HASH_COST;
  const env = { ...options.env, users: { ...USERS, ...cost, ...options.env?.users } };
  const system = await startSystem({ ...options, env, databaseUrls });
  const stopServices = system.stop.bind(system);
  return Object.assign(system, {
    databaseUrls,
    async stop() {
      await stopServices();
      await Promise.all([users.drop(), emailSubscriptions.drop()]);
    },
  });
}
