import type { AuthContext } from '@kit/auth';
import { And, In, Not, type EntityManager } from 'typeorm';
import { UserEntity } from '../accounts/user.entity.js';
import { audit } from '../audit/audit-log.js';
import { alive } from './alive.js';
import { SessionEntity } from './session.entity.js';

/** The most sessions that one audit entry names, oldest first. A user may have thousands. */
const MOST_AUDITED = 100;

/** Selects sessions of a user, by default all. */
export interface WhichSessions {
  readonly userId: string;
  /** Selects these only. Ids of other users' sessions are ignored. */
  readonly ids?: readonly string[];
  /** Excludes this one. */
  readonly except?: string;
}

/**
 * Revokes active sessions in the transaction of the change that requires it, and writes an audit entry. Gateways learn
 * of it within seconds. To avoid deadlocks, a transaction that locks several sessions of a user locks the user first.
 * @returns the number of sessions that were active
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
    // Not the start of the transaction, which may have waited for the lock while the session was active.
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

/** Locks the user's row until the transaction ends, against changes of the user and of several of their sessions. */
export async function lockUser(manager: EntityManager, userId: string): Promise<void> {
  await manager.findOne(UserEntity, {
    select: { id: true },
    where: { id: userId },
    lock: { mode: 'for_no_key_update' },
  });
}
