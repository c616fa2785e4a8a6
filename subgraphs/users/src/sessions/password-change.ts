import { LOGGER } from '@kit/service';
import { Inject, Injectable } from '@nestjs/common';
import type { AuthContext } from '@kit/auth';
import type { SessionViewer } from './session-viewer.js';
import type { Logger } from 'pino';
import { DataSource, type EntityManager } from 'typeorm';
import { Credentials } from '../accounts/credentials.js';
import { passwordWeakness } from '../accounts/password-weakness.js';
import { Passwords } from '../accounts/passwords.js';
import { faultOfTooBusy } from '../accounts/too-busy.js';
import { UserEntity } from '../accounts/user.entity.js';
import { userWithHash } from '../accounts/user-with-hash.js';
import { isStillThePassword } from '../accounts/verified-password.js';
import { audit } from '../audit/audit-log.js';
import type { AuthFault } from '../errors/auth-fault.js';
import { withdrawEmailTokens } from '../mail/email-tokens.js';
import { alive } from './alive.js';
import { endSessions } from './end-sessions.js';
import { SessionOver, WRONG_CURRENT_PASSWORD } from './session-faults.js';
import { SessionTokens } from './session-tokens.js';
import { SessionEntity } from './session.entity.js';
import { lockAlive, rotate } from './token-family.js';
import type { Tokens } from './tokens.js';

/** The unchecked input of a password change. */
export interface WantedPassword {
  readonly currentPassword: string;
  readonly newPassword: string;
  readonly revokeOtherSessions: boolean;
}

/** Changes the password of a logged-in user who knows the current one. */
@Injectable()
export class PasswordChange {
  constructor(
    private readonly dataSource: DataSource,
    private readonly credentials: Credentials,
    private readonly passwords: Passwords,
    private readonly tokens: SessionTokens,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Changes the password, revokes the other sessions if requested, and uses up the refresh token of this session.
   *
   * A retry after a lost response finds that the new password is already set, changes nothing, and returns the refresh
   * token of the first response. This is safe, because the caller has proved to know the password that is set. A call
   * thus tries two passwords, and counts as one attempt.
   * @throws SessionOver if the viewer's session expired or was revoked
   */
  async change(
    wanted: WantedPassword,
    viewer: SessionViewer,
    by: AuthContext,
  ): Promise<{ tokens: Tokens; fault: null } | { fault: AuthFault }> {
    const { currentPassword, newPassword } = wanted;
    const user = await this.userOf(viewer);
    const weakness = passwordWeakness(newPassword, [user.email, user.displayName]);
    if (weakness) {
      return { fault: { code: 'WEAK_PASSWORD', message: weakness, field: ['input', 'newPassword'] } };
    }
    const confirmed = await this.credentials.confirm(user, [currentPassword, newPassword], by);
    if (confirmed.fault) {
      const wrong = confirmed.fault.code === 'INVALID_CREDENTIALS';
      return { fault: wrong ? WRONG_CURRENT_PASSWORD : confirmed.fault };
    }
    let newHash: string | null;
    try {
      newHash = confirmed.password === currentPassword ? await this.passwords.hash(newPassword) : null;
    } catch (error) {
      return { fault: faultOfTooBusy(error) };
    }
    const session = await this.dataSource.transaction((manager) =>
      this.write(manager, user, newHash, wanted, viewer, by),
    );
    // The password was changed since it was confirmed.
    if (!session) return this.change(wanted, viewer, by);
    this.logger.info({ ...viewer, again: newHash === null }, 'password changed');
    return { tokens: this.tokens.issue(session, user), fault: null };
  }

  /**
   * Locks the user's row before the session, as `endSessions` requires.
   * @returns null if the password was changed since it was confirmed
   */
  private async write(
    manager: EntityManager,
    user: UserEntity,
    newHash: string | null,
    { revokeOtherSessions }: WantedPassword,
    { userId, sessionId }: SessionViewer,
    by: AuthContext,
  ): Promise<SessionEntity | null> {
    if (!(await isStillThePassword(manager, user))) return null;
    const session = await lockAlive(manager, { id: sessionId, userId });
    if (!session) throw new SessionOver();
    if (newHash !== null) {
      await manager.update(UserEntity, { id: userId }, { passwordHash: newHash });
      // A link that was mailed before, perhaps to a thief, must not change it back.
      await withdrawEmailTokens(manager, userId, 'RESET_PASSWORD');
      await audit(manager, by, { action: 'PASSWORD_CHANGED', subjectId: userId });
      await rotate(manager, session, by);
    }
    if (revokeOtherSessions) await endSessions(manager, by, { userId, except: sessionId });
    return session;
  }

  private async userOf({ userId, sessionId }: SessionViewer): Promise<UserEntity> {
    const user = await userWithHash(this.dataSource.manager, { id: userId });
    const session = { id: sessionId, userId, ...alive() };
    if (!user || !(await this.dataSource.manager.existsBy(SessionEntity, session))) throw new SessionOver();
    return user;
  }
}
