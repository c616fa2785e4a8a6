import { withBenchSystem } from '../bench-system.js';
import type { DurablePostgres } from '../durable-postgres.js';
import type { Figure } from '../figure.js';
import { exports } from './exports.js';
import { imports } from './imports.js';
import { liveAdditions } from './live-additions.js';
import { People } from './people.js';

/** Imports, exports, and the list at ten million subscribers. */
export async function listBench(postgres: DurablePostgres): Promise<Figure[]> {
  return withBenchSystem(postgres, { users: { DEFAULT_ROLE: 'ADMIN' } }, async (bench) => {
    const people = new People();
    const imported = await imports(bench, people);
    const exported = await exports(bench, people.count);
    return [...imported, ...(await liveAdditions(bench, people)), ...exported];
  });
}
