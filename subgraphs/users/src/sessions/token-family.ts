import type { AuthContext } from '@supergraph/auth-context/auth-context';
import type { EntityManager } from 'typeorm';
import { alive } from './alive.js';
import { SessionEntity } from './session.entity.js';

/** For how long after it was used up a refresh token may be repeated: by other tabs, or because an answer was lost. */
const WINDOW = "interval '10 seconds'";

/** A session that rotates faster than this within the window forgets its oldest generations early. */
const MOST_REMEMBERED = 100;

/** Keeps all up to the oldest that is still within the window: its place in the array says which generation it was. */
const WITH_NOW = `(clock_timestamp() || used_up_at[:(
  SELECT coalesce(max(place), 0) FROM unnest(used_up_at) WITH ORDINALITY AS used (at, place)
  WHERE at > clock_timestamp() - ${WINDOW}
)])[:${MOST_REMEMBERED}]`;

/** A session that is alive, kept from everybody else until the transaction is over; null when there is none. */
export function lockAlive(
  manager: EntityManager,
  session: { id: string; userId?: string },
): Promise<SessionEntity | null> {
  return manager.findOne(SessionEntity, {
    where: { ...session, ...alive() },
    lock: { mode: 'pessimistic_write' },
  });
}

/** Goes on to the next generation of a session that is locked: the refresh token of this one is used up. */
export async function rotate(manager: EntityManager, session: SessionEntity, by: AuthContext): Promise<void> {
  session.generation += 1;
  await manager.update(
    SessionEntity,
    { id: session.id },
    { generation: session.generation, usedUpAt: () => WITH_NOW, ...use(by) },
  );
}

/**
 * Whether a used refresh token may be repeated: as often as it comes, for ten seconds after it was used up. The clock is
 * the database's, since those of replicas differ.
 */
export async function repeat(
  manager: EntityManager,
  { id, generation: current }: SessionEntity,
  generation: number,
  by: AuthContext,
): Promise<boolean> {
  const { affected } = await manager
    .createQueryBuilder()
    .update(SessionEntity)
    .set(use(by))
    .where({ id })
    .andWhere(`used_up_at[:back] > clock_timestamp() - ${WINDOW}`, { back: current - generation })
    .execute();
  return affected === 1;
}

/** When and from where a session gave tokens; what the gateway does not tell stays as it was. */
function use({ origin }: AuthContext) {
  return {
    lastUsedAt: () => 'clock_timestamp()',
    ...(origin && { userAgent: origin.userAgent, ip: origin.ip }),
  };
}
