import type { AuthContext } from '@supergraph/auth-context/auth-context';
import type { EntityManager } from 'typeorm';
import { alive } from './alive.js';
import { SessionEntity } from './session.entity.js';

/** For how long the answer to a refresh can be had again: two tabs, or an answer that was lost. */
const RETRY = "interval '10 seconds'";

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
    {
      generation: session.generation,
      rotatedAt: () => 'clock_timestamp()',
      retried: false,
      ...use(by),
    },
  );
}

/**
 * Whether the refresh token before the one that works may be answered a second time, which uses that up, too. The clock
 * is the database's, which wrote down when the first answer was: those of replicas differ.
 */
export async function retryOnce(
  manager: EntityManager,
  { id }: SessionEntity,
  by: AuthContext,
): Promise<boolean> {
  const { affected } = await manager
    .createQueryBuilder()
    .update(SessionEntity)
    .set({ retried: true, ...use(by) })
    .where({ id, retried: false })
    .andWhere(`rotated_at > clock_timestamp() - ${RETRY}`)
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
