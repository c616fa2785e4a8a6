import { post } from '../harness/http.js';
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
    case 'reload': {
      const field = await supergraph.vary();
      struck(`the schema, by one with ${field}`);
      return takenUp(system, field);
    }
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

/** Waits until every gateway serves the schema with this field of `User`. */
async function takenUp({ gateways }: KillableSystem, field: string): Promise<void> {
  const query = '{ __type(name: "User") { fields { name } } }';
  const isServed = async (url: string) => {
    const answer = await post(url, query).catch(() => null);
    const fields = (answer?.data?.__type?.fields ?? []) as { name: string }[];
    return fields.some(({ name }) => name === field);
  };
  await eventuallyOr(
    'a new schema was not taken up',
    () => Promise.all(gateways.map(({ url }) => isServed(url))),
    (served) => served.every(Boolean),
  );
}

/** Waits until somebody was told of a subscriber without who added them. */
async function separation({ watchers }: KillableSystem): Promise<void> {
  const count = () => watchers.reduce((sum, { withoutAddedBy }) => sum + withoutAddedBy, 0);
  const before = count();
  await eventuallyOr('no event came without users', count, (now) => now > before);
}
