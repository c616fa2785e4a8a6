import { Inject, Injectable } from '@nestjs/common';
import type { AuthContext, Viewer } from '@supergraph/auth-context/auth-context';
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
import { LOGGER } from '../core.module.js';
import type { AuthFault } from '../errors/auth-fault.js';
import { withdrawEmailTokens } from '../mail/email-tokens.js';
import { alive } from './alive.js';
import { endSessions } from './end-sessions.js';
import { SessionOver, WRONG_CURRENT_PASSWORD } from './session-faults.js';
import { SessionTokens } from './session-tokens.js';
import { SessionEntity } from './session.entity.js';
import { lockAlive, rotate } from './token-family.js';
import type { Tokens } from './tokens.js';

/** What somebody hands in who wants another password, unchecked. */
export interface WantedPassword {
  readonly currentPassword: string;
  readonly newPassword: string;
  readonly revokeOtherSessions: boolean;
}

/** A password for another, by somebody who is logged in and knows it. */
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
   * Changes the password, ends the other sessions if that is wanted, and uses up the refresh token of this one.
   *
   * Asked again because the answer was lost, it finds the new password in force, and answers as the first time: the
   * refresh token of the first answer, and nothing changes. That is safe, since whoever calls it that way has shown that
   * they know the password in force; had they given it as the current one, they could have changed it. So a call has two
   * guesses at it, and counts as one attempt.
   * @throws SessionOver when the viewer's session has ended or expired
   */
  async change(
    wanted: WantedPassword,
    viewer: Viewer,
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
    // Somebody else changed it meanwhile: what was confirmed is not the password any more.
    if (!session) return this.change(wanted, viewer, by);
    this.logger.info({ ...viewer, again: newHash === null }, 'password changed');
    return { tokens: this.tokens.issue(session, user), fault: null };
  }

  /** The user's row is locked first, as by all who lock several sessions of a user. */
  private async write(
    manager: EntityManager,
    user: UserEntity,
    newHash: string | null,
    { revokeOtherSessions }: WantedPassword,
    { userId, sessionId }: Viewer,
    by: AuthContext,
  ): Promise<SessionEntity | null> {
    if (!(await isStillThePassword(manager, user))) return null;
    const session = await lockAlive(manager, { id: sessionId, userId });
    if (!session) throw new SessionOver();
    if (newHash !== null) {
      await manager.update(UserEntity, { id: userId }, { passwordHash: newHash });
      // Whoever had a link mailed before, perhaps a thief, shall not change it back.
      await withdrawEmailTokens(manager, userId, 'RESET_PASSWORD');
      await audit(manager, by, { action: 'PASSWORD_CHANGED', subjectId: userId });
      await rotate(manager, session, by);
    }
    if (revokeOtherSessions) await endSessions(manager, by, { userId, except: sessionId });
    return session;
  }

  private async userOf({ userId, sessionId }: Viewer): Promise<UserEntity> {
    const user = await userWithHash(this.dataSource.manager, { id: userId });
    const session = { id: sessionId, userId, ...alive() };
    if (!user || !(await this.dataSource.manager.existsBy(SessionEntity, session))) throw new SessionOver();
    return user;
  }
}
