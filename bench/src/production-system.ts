import { startSystem, type System, type SystemOptions } from '@supergraph/tools/system';
import type { DurablePostgres } from './durable-postgres.js';

/** Starts all services as in production, on databases that keep what they have acknowledged; stops them after `work`. */
export async function withProductionSystem(
  postgres: DurablePostgres,
  env: NonNullable<SystemOptions['env']>,
  work: (system: System, databaseUrls: SystemOptions['databaseUrls']) => Promise<void>,
): Promise<void> {
  await postgres.withDatabase('users', (users) =>
    postgres.withDatabase('email-subscriptions', async (emailSubscriptions) => {
      const databaseUrls = { users, emailSubscriptions };
      const system = await startSystem({ databaseUrls, nodeEnv: 'production', env });
      try {
        await work(system, databaseUrls);
      } finally {
        await system.stop();
      }
    }),
  );
}
