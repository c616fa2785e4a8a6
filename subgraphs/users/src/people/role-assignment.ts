import { isId } from '@kit/database';
import { Inject, Injectable } from '@nestjs/common';
import type { AuthContext } from '@kit/auth';
import { DomainError, LOGGER } from '@kit/service';
import type { Logger } from 'pino';
import { DataSource, type EntityManager } from 'typeorm';
import { UserEntity } from '../accounts/user.entity.js';
import { audit } from '../audit/audit-log.js';
import { OWNERS_LOCK } from '../database/advisory-locks.js';
import type { AuthFault } from '../errors/auth-fault.js';
import { ROLES, scopesOf, type Role } from '../roles.js';
import { alive } from '../sessions/alive.js';
import { SessionOver } from '../sessions/session-faults.js';
import { inSession } from '../sessions/session-viewer.js';
import { SessionEntity } from '../sessions/session.entity.js';
import { thereIsAnOwner } from './owners.js';

const UNKNOWN_USER: AuthFault = {
  code: 'INVALID_INPUT',
  message: 'No user has this id.',
  field: ['input', 'userId'],
};
const LAST_OWNER: AuthFault = {
  code: 'LAST_OWNER',
  message: 'This user is the last owner. Make another user an owner first.',
  field: ['input', 'roles'],
};

/** The access token still allows the caller to assign roles, but the caller has lost the role since. */
export class RoleGrantDenied extends DomainError {
  readonly code = 'FORBIDDEN';

  constructor() {
    super('You are no longer allowed to change roles.');
  }
}

/** Assigns roles to users. */
@Injectable()
export class RoleAssignment {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Replaces a user's roles. An empty list removes all of them. The last owner cannot lose the role, even when two
   * owners remove it from each other at the same time.
   * @throws RoleGrantDenied
   * @throws SessionOver when the session of the request was revoked or has expired
   */
  async set(
    userId: string,
    given: readonly Role[],
    by: AuthContext,
  ): Promise<{ user: UserEntity; fault: null } | { fault: AuthFault }> {
    const roles = ROLES.filter((role) => given.includes(role));
    return this.dataSource.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [OWNERS_LOCK]);
      await requireRightToAssign(manager, by);
      const user = isId(userId)
        ? await manager.findOne(UserEntity, { where: { id: userId }, lock: { mode: 'for_no_key_update' } })
        : null;
      if (!user) return { fault: UNKNOWN_USER };
      const before = user.roles;
      if (before.join() === roles.join()) return { user, fault: null };
      if (before.includes('OWNER') && !roles.includes('OWNER') && !(await thereIsAnOwner(manager, user.id)))
        return { fault: LAST_OWNER };
      await manager.update(UserEntity, { id: user.id }, { roles });
      const detail = { before, after: roles };
      await audit(manager, by, { action: 'ROLES_SET', subjectId: user.id, detail });
      this.logger.info({ userId: user.id, ...detail }, 'roles set');
      user.roles = roles;
      return { user, fault: null };
    });
  }
}

/**
 * Checks the stored roles and session, not only the access token. Otherwise a former owner, or a thief with a revoked
 * session, could assign roles until the access token expires.
 */
async function requireRightToAssign(manager: EntityManager, { viewer }: AuthContext): Promise<void> {
  if (!viewer) throw new RoleGrantDenied();
  const { userId, sessionId } = inSession(viewer);
  if (!(await manager.existsBy(SessionEntity, { id: sessionId, userId, ...alive() })))
    throw new SessionOver();
  const assigner = await manager.findOneBy(UserEntity, { id: userId });
  if (!assigner || !scopesOf(assigner.roles).includes('users:admin')) throw new RoleGrantDenied();
}
