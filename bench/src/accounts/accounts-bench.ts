import type { DurablePostgres } from '../durable-postgres.js';
import { AccountsSystem } from './accounts-system.js';
import { logins } from './logins.js';
import { refreshes } from './refreshes.js';
import { revocation } from './revocation.js';
import { verification } from './verification.js';

/** What accounts cost: logins beside the hashing alone, refreshed sessions, verified tokens; and how fast a session ends. */
export async function accountsBench(postgres: DurablePostgres): Promise<void> {
  await AccountsSystem.with(postgres, async (system) => {
    await logins(system);
    await refreshes(system);
  });
  await verification();
  await AccountsSystem.with(postgres, revocation);
}
