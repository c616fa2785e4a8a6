import { eventuallyOr } from './eventually-or.js';
import type { KillableSystem } from './killable-system.js';
import type { PlannedKill } from './plan.js';
import { findRelay } from './relay.js';

/** Who wants to know what a strike does, as it happens. */
export interface Onlooker {
  readonly struck: (what: string) => void;
  readonly tookOver: (replica: string, afterMs: number) => void;
}

/** Carries out one kill, and what has to happen before the victim may come back. */
export async function strike(
  system: KillableSystem,
  { kind, victim, hasty }: PlannedKill,
  { struck, tookOver }: Onlooker,
): Promise<void> {
  const { gateways, replicas, users, postgres, balancer, supergraph, watchers } = system;
  const oneOf = <T>(all: readonly T[]) => all[victim % all.length]!;
  switch (kind) {
    case 'gateway':
    case 'replica': {
      const service = oneOf(kind === 'gateway' ? gateways : replicas);
      return service.kill(async () => struck(service.name));
    }
    case 'relay': {
      if (!hasty) await readiness(system);
      const relay = await findRelay(replicas);
      return relay.kill(async () => {
        struck(`${relay.name}, the relay`);
        if (hasty) return;
        const startedAt = Date.now();
        const { name } = await findRelay(replicas);
        tookOver(name, Date.now() - startedAt);
      });
    }
    case 'postgres':
      await postgres.kill();
      return struck('Postgres');
    case 'users':
      // A gateway without public keys would wait for users, and users for an event that nobody can watch.
      if (!hasty) await readiness(system);
      return users.kill(async () => {
        struck(users.name);
        if (!hasty) await separation(system);
      });
    case 'upstreams':
      return struck(`${balancer.cut()} connections between gateways and replicas`);
    case 'connection': {
      const watcher = oneOf(watchers);
      await watcher.disconnect();
      return struck(`the connection of the watcher "${watcher.name}"`);
    }
    case 'reload':
      return struck(`the schema, by one with ${await supergraph.vary()}`);
  }
}

/** Waits until every service is ready. */
async function readiness({ services }: KillableSystem): Promise<void> {
  await eventuallyOr(
    'not all services became ready',
    () => services.filter(({ isReady }) => !isReady).map(({ name }) => name),
    (unready) => unready.length === 0,
  );
}

/** Waits until somebody was told of a subscriber without who added them. */
async function separation({ watchers }: KillableSystem): Promise<void> {
  const count = () => watchers.reduce((sum, { separated }) => sum + separated, 0);
  const before = count();
  await eventuallyOr('no event came without users', count, (now) => now > before);
}
