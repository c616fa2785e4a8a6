import type { DurablePostgres } from '../durable-postgres.js';
import { comeBack } from './come-back.js';
import { delivery } from './delivery.js';
import { fanOut } from './fan-out.js';
import { idleMemory } from './idle-memory.js';
import { LiveSystem } from './live-system.js';

const PARTS = { delivery, 'fan-out': fanOut, memory: idleMemory, 'come-back': comeBack };

/** What live operations cost at the gateway, from an addition to the sockets of many watchers. */
export async function liveBench(postgres: DurablePostgres): Promise<void> {
  await LiveSystem.with(postgres, async (live) => {
    for (const [name, measure] of Object.entries(PARTS)) {
      console.log(`\nlive: ${name}`);
      await measure(live);
    }
  });
}
