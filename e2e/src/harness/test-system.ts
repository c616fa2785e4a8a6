import { accountsSubgraph } from '@supergraph/tools/start/first-owner';
import { eachSubgraph, perSubgraph, type PerSubgraph } from '@supergraph/tools/subgraphs';
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
const ACCOUNTS = {
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
  return borrowSystem(async ({ subgraphUrls }) => ({
    ...perSubgraph(({ name }) => ({ ...settingsOf(name, LOW_HASH_COST), ...options.env?.[name] })),
    gateway: {
      ...SHARED_GATEWAY,
      ...options.env?.['gateway'],
      ...(await addressesBetween(subgraphUrls, options.between)),
    },
  }));
}

function settingsOf(subgraph: string, hashCost: object): Record<string, string> {
  return subgraph === accountsSubgraph()?.name ? { ...ACCOUNTS, ...hashCost } : {};
}

/** The variables by which the gateway reaches subgraphs through proxies. */
async function addressesBetween(
  subgraphUrls: PerSubgraph<string>,
  between: SystemOptions['between'] = {},
): Promise<Record<string, string>> {
  const addresses: Record<string, string> = {};
  await eachSubgraph(async ({ name, names }) => {
    const address = await between[name]?.(new URL(subgraphUrls[name]!).origin);
    if (address !== undefined) addresses[names.url] = address;
  });
  return addresses;
}

/** Starts a separate system over two empty databases. `stop` stops it and drops them. */
export async function startOwnSystem(options: Omit<SystemOptions, 'databaseUrls'> = {}): Promise<TestSystem> {
  const databases = await eachSubgraph(({ name }) => createTestDatabase(name));
  const databaseUrls = perSubgraph(({ name }) => databases[name]!.url);
  // Production rejects a lower cost.
  const cost = options.nodeEnv === 'production' ? {} : LOW_HASH_COST;
  const env = {
    ...options.env,
    ...perSubgraph(({ name }) => ({ ...settingsOf(name, cost), ...options.env?.[name] })),
  };
  const system = await startSystem({ ...options, env, databaseUrls });
  const stopServices = system.stop.bind(system);
  return Object.assign(system, {
    databaseUrls,
    async stop() {
      await stopServices();
      await Promise.all(Object.values(databases).map((database) => database.drop()));
    },
  });
}
