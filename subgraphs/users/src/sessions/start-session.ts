import type { AuthContext } from '@kit/auth';
import type { EntityManager } from 'typeorm';
import type { UserEntity } from '../accounts/user.entity.js';
import { auditRow } from '../audit/audit-log.js';
import type { SessionEntity } from './session.entity.js';

/**
 * One statement, because each further round trip would slow down every login. It checks that the verified password hash
 * is still set, and locks it until the transaction ends.
 */
const START = `
  WITH account AS (
    SELECT id FROM users WHERE id = $1 AND password_hash = $2 FOR SHARE
  ), started AS (
    INSERT INTO sessions (id, user_id, generation, seed, user_agent, ip, created_at, last_used_at, expires_at)
    SELECT $3, id, $4, $5, $6, $7, $8, $9, $10 FROM account
    RETURNING id
  )
  INSERT INTO audit_log (id, action, actor_id, session_id, subject_id, ip, user_agent, request_id, detail)
  SELECT $11, $12, $13, $14, $15, $16, $17, $18, $19 FROM started
  RETURNING id`;

/**
 * Writes a new session and its audit entry. It needs a transaction: a single statement would still complete if this
 * process died, and leave a session whose tokens no client has.
 * @param user with the password hash that was verified
 * @returns false if the password was changed since it was verified
 */
export async function startSession(
  manager: EntityManager,
  user: UserEntity,
  session: SessionEntity,
  by: AuthContext,
): Promise<boolean> {
  const { id: actorId, passwordHash } = user;
  if (passwordHash === undefined) throw new Error('the password hash was not read, so nothing was verified');
  const detail = { sessionId: session.id };
  const entry = auditRow(by, { action: 'LOGIN_SUCCEEDED', actorId, subjectId: actorId, detail });
  const rows = await manager.query<unknown[]>(START, [
    actorId,
    passwordHash,
    session.id,
    session.generation,
    session.seed,
    session.userAgent,
    session.ip,
    session.createdAt,
    session.lastUsedAt,
    session.expiresAt,
    entry.id,
    entry.action,
    entry.actorId,
    entry.sessionId,
    entry.subjectId,
    entry.ip,
    entry.userAgent,
    entry.requestId,
    entry.detail,
  ]);
  return rows.length > 0;
}
