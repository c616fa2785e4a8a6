import { Inject, Injectable } from '@nestjs/common';
import type { AuthContext } from '@supergraph/auth-context/auth-context';
import { DomainError } from '@supergraph/service/domain-error';
import type { Logger } from 'pino';
import { DataSource, type EntityManager } from 'typeorm';
import { validate as isUuid } from 'uuid';
import { UserEntity } from '../accounts/user.entity.js';
import { audit } from '../audit/audit-log.js';
import { LOGGER } from '../core.module.js';
import { OWNERS_LOCK } from '../database/advisory-locks.js';
import type { AuthFault } from '../errors/auth-fault.js';
import { ROLES, scopesOf, type Role } from '../roles.js';
import { alive } from '../sessions/alive.js';
import { SessionOver } from '../sessions/session-faults.js';
import { SessionEntity } from '../sessions/session.entity.js';
import { thereIsAnOwner } from './owners.js';

const NOBODY: AuthFault = {
  code: 'INVALID_INPUT',
  message: 'No user has this id.',
  field: ['input', 'userId'],
};
const LAST_OWNER: AuthFault = {
  code: 'LAST_OWNER',
  message: 'This user is the last owner. Make another user an owner first.',
  field: ['input', 'roles'],
};

/** Their access token still says that they may give roles, but their roles do not any more. */
export class RoleGrantDenied extends DomainError {
  readonly code = 'FORBIDDEN';

  constructor() {
    super('You are no longer allowed to change roles.');
  }
}

/** Who has which roles. */
@Injectable()
export class RoleAssignment {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Gives a user exactly these roles; an empty list takes all of them away. There stays an owner always: of two who take the role from each other at the same
   * time, one is refused.
   * @throws RoleGrantDenied
   * @throws SessionOver when the session of the request has ended or expired
   */
  async set(
    userId: string,
    given: readonly Role[],
    by: AuthContext,
  ): Promise<{ user: UserEntity; fault: null } | { fault: AuthFault }> {
    const roles = ROLES.filter((role) => given.includes(role));
    return this.dataSource.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [OWNERS_LOCK]);
      await requireRightToGive(manager, by);
      const user = isUuid(userId)
        ? await manager.findOne(UserEntity, { where: { id: userId }, lock: { mode: 'for_no_key_update' } })
        : null;
      if (!user) return { fault: NOBODY };
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
 * Else whoever is an owner no longer could, for as long as their access token lives, take the role back; and a thief
 * whose session was ended could keep it for good.
 */
async function requireRightToGive(manager: EntityManager, { viewer }: AuthContext): Promise<void> {
  if (!viewer) throw new RoleGrantDenied();
  const { userId, sessionId } = viewer;
  if (!(await manager.existsBy(SessionEntity, { id: sessionId, userId, ...alive() })))
    throw new SessionOver();
  const giver = await manager.findOneBy(UserEntity, { id: userId });
  if (!giver || !scopesOf(giver.roles).includes('users:admin')) throw new RoleGrantDenied();
}
