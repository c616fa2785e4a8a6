import type { AuthContext } from '@supergraph/auth-context/auth-context';
import { And, In, Not, type EntityManager } from 'typeorm';
import { UserEntity } from '../accounts/user.entity.js';
import { audit } from '../audit/audit-log.js';
import { alive } from './alive.js';
import { SessionEntity } from './session.entity.js';

/** Sessions that one line of the audit log names, those that began first: somebody may have thousands. */
const MOST_AUDITED = 100;

/** Which sessions of a user: all of them, but for what is said. */
export interface WhichSessions {
  readonly userId: string;
  /** Only these; what is no session of the user is ignored. */
  readonly ids?: readonly string[];
  /** Not this one. */
  readonly except?: string;
}

/**
 * Ends sessions that are alive, in the transaction of the change that asks for it, and writes that down. Gateways hear
 * of it within seconds. Whoever locks sessions of one user, more than one, holds the user's row first, as this does:
 * else two of them could wait for each other.
 * @returns how many were alive until now
 */
export async function endSessions(
  manager: EntityManager,
  by: AuthContext | null,
  { userId, ids, except }: WhichSessions,
): Promise<number> {
  await lockUser(manager, userId);
  const chosen = [ids && In([...ids]), except === undefined ? undefined : Not(except)].filter(
    (one) => one !== undefined,
  );
  const { raw } = await manager
    .createQueryBuilder()
    .update(SessionEntity)
    // Not the start of the transaction: by then a gateway may have asked for what ended before.
    .set({ endedAt: () => 'clock_timestamp()' })
    .where({ userId, ...(chosen.length > 0 && { id: And(...chosen) }), ...alive() })
    .returning('id')
    .execute();
  const ended = (raw as { id: string }[]).map(({ id }) => id).toSorted();
  if (ended.length > 0) {
    const detail = { count: ended.length, sessionIds: ended.slice(0, MOST_AUDITED) };
    await audit(manager, by, { action: 'SESSIONS_ENDED', subjectId: userId, detail });
  }
  return ended.length;
}

/** Keeps everybody else from changing the user, or their sessions together, until the transaction is over. */
export async function lockUser(manager: EntityManager, userId: string): Promise<void> {
  await manager.findOne(UserEntity, {
    select: { id: true },
    where: { id: userId },
    lock: { mode: 'for_no_key_update' },
  });
}
