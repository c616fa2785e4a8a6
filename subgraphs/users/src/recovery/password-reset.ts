import { Injectable } from '@nestjs/common';
import type { AuthContext } from '@kit/auth';
import { MailJobs, parseEmail } from '@kit/mail';
import { DataSource, type EntityManager } from 'typeorm';
import { Credentials } from '../accounts/credentials.js';
import { passwordWeakness } from '../accounts/password-weakness.js';
import { Passwords } from '../accounts/passwords.js';
import { faultOfTooBusy } from '../accounts/too-busy.js';
import { UserEntity } from '../accounts/user.entity.js';
import { userWithHash } from '../accounts/user-with-hash.js';
import { audit } from '../audit/audit-log.js';
import type { AuthFault } from '../errors/auth-fault.js';
import { findEmailToken, useEmailToken, withdrawEmailTokens } from '../mail/email-tokens.js';
import type { AccountMail } from '../mail/account-letters.js';
import { endSessions } from '../sessions/end-sessions.js';
import { Throttle } from '../throttling/throttle.js';
import { INVALID_EMAIL_TOKEN } from './email-token-fault.js';

/** Sets a new password by a mailed token. */
@Injectable()
export class PasswordReset {
  constructor(
    private readonly dataSource: DataSource,
    private readonly credentials: Credentials,
    private readonly passwords: Passwords,
    private readonly throttle: Throttle,
    private readonly mail: MailJobs<AccountMail>,
  ) {}

  /**
   * Mails a link to choose a new password. The response and its cost do not reveal whether the address has an account.
   * @returns null when the request was accepted, or the fault: an invalid address, or RATE_LIMITED
   */
  async request(email: string, by: AuthContext): Promise<AuthFault | null> {
    const address = parseEmail(email);
    if (address.fault !== null) {
      return { code: 'INVALID_INPUT', message: address.fault, field: ['input', 'email'] };
    }
    const emailNormalized = address.normalized;
    const tooMany = await this.throttle.reset(by, emailNormalized);
    if (tooMany) return tooMany;
    await this.dataSource.transaction(async (manager) => {
      const user = await manager.findOneBy(UserEntity, { emailNormalized });
      await this.mail.enqueue(manager, { kind: 'PASSWORD_RESET', emailNormalized });
      await audit(manager, by, { action: 'PASSWORD_RESET_REQUESTED', subjectId: user?.id ?? null });
    });
    this.mail.wake();
    return null;
  }

  /**
   * Sets the password of the token's user and revokes all their sessions.
   *
   * A repeated call with the same token and password returns the same and changes nothing. With another password the
   * token counts as used.
   * @returns null when the password is set, or the fault
   */
  async reset(token: string, newPassword: string, by: AuthContext): Promise<AuthFault | null> {
    const { manager } = this.dataSource;
    const found = await findEmailToken(manager, token, 'RESET_PASSWORD');
    if (!found) return INVALID_EMAIL_TOKEN;
    const { userId } = found;
    if (found.isUsed) return this.repeat(userId, newPassword, by);
    const { email, displayName } = await manager.findOneByOrFail(UserEntity, { id: userId });
    const weakness = passwordWeakness(newPassword, [email, displayName]);
    if (weakness) return { code: 'WEAK_PASSWORD', message: weakness, field: ['input', 'newPassword'] };
    let passwordHash: string;
    try {
      passwordHash = await this.passwords.inTurn(() => this.passwords.hash(newPassword));
    } catch (error) {
      return faultOfTooBusy(error);
    }
    const isSet = await this.dataSource.transaction((inside) =>
      this.set(inside, userId, token, passwordHash, by),
    );
    // Another call has used the token meanwhile.
    if (!isSet) return this.reset(token, newPassword, by);
    await this.throttle.forgive(by, email);
    return null;
  }

  /** Counts as a login attempt: otherwise a used link would allow unlimited guesses at the password. */
  private async repeat(userId: string, newPassword: string, by: AuthContext): Promise<AuthFault | null> {
    const user = await userWithHash(this.dataSource.manager, { id: userId });
    if (!user) return INVALID_EMAIL_TOKEN;
    const { fault } = await this.credentials.confirm(user, [newPassword], by);
    return fault?.code === 'INVALID_CREDENTIALS' ? INVALID_EMAIL_TOKEN : fault;
  }

  private async set(
    manager: EntityManager,
    userId: string,
    token: string,
    passwordHash: string,
    by: AuthContext,
  ): Promise<boolean> {
    // Without this lock two tokens of one user would deadlock.
    const user = await manager.findOneOrFail(UserEntity, {
      where: { id: userId },
      lock: { mode: 'for_no_key_update' },
    });
    if ((await useEmailToken(manager, token, 'RESET_PASSWORD')) === null) return false;
    await withdrawEmailTokens(manager, userId, 'RESET_PASSWORD');
    const emailVerifiedAt = user.emailVerifiedAt ?? new Date();
    await manager.update(UserEntity, userId, { passwordHash, emailVerifiedAt });
    await endSessions(manager, by, { userId });
    await audit(manager, by, { action: 'PASSWORD_RESET', actorId: userId, subjectId: userId });
    return true;
  }
}
