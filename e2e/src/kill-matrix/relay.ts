import { eventuallyOr } from './eventually-or.js';
import type { KillableService } from './killable-service.js';

/** Which replica moves the outbox to the log, as soon as exactly one says so of itself. */
export async function findRelay(replicas: readonly KillableService[]): Promise<KillableService> {
  const says = await eventuallyOr(
    'not exactly one replica became the relay',
    () => Promise.all(replicas.map(isRelay)),
    (says) => says.filter(Boolean).length === 1,
  );
  return replicas[says.indexOf(true)]!;
}

async function isRelay(replica: KillableService): Promise<boolean> {
  const told = (await replica.health()) as { eventStream?: { relay: string } } | undefined;
  return told?.eventStream?.relay === 'here';
}
