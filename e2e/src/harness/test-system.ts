import type { PerSubgraph } from '@supergraph/tools/services';
import { startSystem, type System, type SystemOptions } from '@supergraph/tools/system';
import { createTestDatabase } from '@supergraph/tools/test-postgres/database';

export interface TestSystem extends System {
  readonly databaseUrls: PerSubgraph<string>;
}

/** Starts the real system over two fresh databases; `stop` ends it and drops them. */
export async function startTestSystem(
  options: Omit<SystemOptions, 'databaseUrls'> = {},
): Promise<TestSystem> {
  const [users, emailSubscriptions] = await Promise.all([
    createTestDatabase('users'),
    createTestDatabase('email-subscriptions'),
  ]);
  const databaseUrls = { users: users.url, emailSubscriptions: emailSubscriptions.url };
  const system = await startSystem({ ...options, databaseUrls });
  const stopServices = system.stop.bind(system);
  return Object.assign(system, {
    databaseUrls,
    async stop() {
      await stopServices();
      await Promise.all([users.drop(), emailSubscriptions.drop()]);
    },
  });
}
