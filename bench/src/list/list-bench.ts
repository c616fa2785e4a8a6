import { withBenchSystem } from '../bench-system.js';
import type { DurablePostgres } from '../durable-postgres.js';
import type { Figure } from '../figure.js';
import { exports } from './exports.js';
import { imports } from './imports.js';
import { liveAdditions } from './live-additions.js';
import { millions } from './millions.js';
import { People } from './people.js';

/** Imports, exports, and the list at ten million subscribers. */
export async function listBench(postgres: DurablePostgres): Promise<Figure[]> {
  const files = await withBenchSystem(postgres, { users: { DEFAULT_ROLE: 'ADMIN' } }, async (bench) => {
    const people = new People();
    return [
      // First, since the events of an import go on after it.
      ...(await liveAdditions(bench, people)),
      ...(await imports(bench, people)),
      ...(await exports(bench)),
    ];
  });
  return [...files, ...(await millions(postgres))];
}
