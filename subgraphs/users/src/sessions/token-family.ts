import type { AuthContext } from '@kit/auth';
import type { EntityManager } from 'typeorm';
import { alive } from './alive.js';
import { SessionEntity } from './session.entity.js';

/** How long a used refresh token may be repeated, by other browser tabs or after a lost response. */
const WINDOW = "interval '10 seconds'";

/** A session that rotates more often than this within the window forgets its oldest generations early. */
const MOST_REMEMBERED = 100;

/** Prepends the current time and drops times outside the window. The index in the array tells the generation. */
const WITH_NOW = `(clock_timestamp() || used_up_at[:(
  SELECT coalesce(max(place), 0) FROM unnest(used_up_at) WITH ORDINALITY AS used (at, place)
  WHERE at > clock_timestamp() - ${WINDOW}
)])[:${MOST_REMEMBERED}]`;

/** Finds an active session and locks it until the transaction ends. Null if there is none. */
export function lockAlive(
  manager: EntityManager,
  session: { id: string; userId?: string },
): Promise<SessionEntity | null> {
  return manager.findOne(SessionEntity, {
    where: { ...session, ...alive() },
    lock: { mode: 'pessimistic_write' },
  });
}

/** Advances a locked session to its next generation, which uses up the current refresh token. */
export async function rotate(manager: EntityManager, session: SessionEntity, by: AuthContext): Promise<void> {
  session.generation += 1;
  await manager.update(
    SessionEntity,
    { id: session.id },
    { generation: session.generation, usedUpAt: () => WITH_NOW, ...use(by) },
  );
}

/**
 * Repeats a refresh if the token of this generation was used in the last ten seconds. The clock is that of the database,
 * since those of replicas differ.
 * @returns false if it was used before
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

/** The columns for the last use of a session. An origin that the gateway does not send leaves the old one in place. */
function use({ origin }: AuthContext) {
  return {
    lastUsedAt: () => 'clock_timestamp()',
    ...(origin && { userAgent: origin.userAgent, ip: origin.ip }),
  };
}
