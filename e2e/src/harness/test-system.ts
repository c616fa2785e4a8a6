import { startSystem, type System, type SystemOptions } from '@supergraph/tools/system';
import { createTestDatabase } from '@supergraph/tools/test-postgres/database';

/** Starts the real system over two fresh databases; `stop` ends it and drops them. */
export async function startTestSystem(options: Omit<SystemOptions, 'databaseUrls'> = {}): Promise<System> {
  const [users, emailSubscriptions] = await Promise.all([
    createTestDatabase('users'),
    createTestDatabase('email-subscriptions'),
  ]);
  const system = await startSystem({
    ...options,
    databaseUrls: { users: users.url, emailSubscriptions: emailSubscriptions.url },
  });
  const stopServices = system.stop.bind(system);
  system.stop = async () => {
    await stopServices();
    await Promise.all([users.drop(), emailSubscriptions.drop()]);
  };
  return system;
}
