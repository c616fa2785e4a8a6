import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { AuthContext } from '@supergraph/auth-context/auth-context';
import { normalizeEmail } from '@supergraph/service/email-address';
import type { Logger } from 'pino';
import type { Repository } from 'typeorm';
import { audit } from '../audit/audit-log.js';
import { LOGGER, SETTINGS, type Settings } from '../core.module.js';
import type { AuthFault } from '../errors/auth-fault.js';
import { Passwords } from './passwords.js';
import { UserEntity } from './user.entity.js';

/** The same for an unknown address and for a wrong password. */
export const INVALID_CREDENTIALS: AuthFault = {
  code: 'INVALID_CREDENTIALS',
  message: 'The e-mail address or the password is wrong.',
};

const EMAIL_NOT_VERIFIED: AuthFault = {
  code: 'EMAIL_NOT_VERIFIED',
  message: 'Open the link in the mail that you got first. To get another one, register again.',
};

/** Whether somebody is who they say. */
@Injectable()
export class Credentials {
  constructor(
    @InjectRepository(UserEntity) private readonly users: Repository<UserEntity>,
    private readonly passwords: Passwords,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** The account of this address, if the password is its own; INVALID_CREDENTIALS after the same time if there is none. */
  async authenticate(
    email: string,
    password: string,
    by: AuthContext,
  ): Promise<{ user: UserEntity; fault: null } | { fault: AuthFault }> {
    const emailNormalized = normalizeEmail(email);
    const user =
      emailNormalized === null
        ? null
        : await this.users
            .createQueryBuilder('user')
            .addSelect('user.passwordHash')
            .where({ emailNormalized })
            .getOne();
    if (!(await this.passwords.verify(password, user?.passwordHash)) || !user) {
      this.logger.info({ userId: user?.id }, 'login failed');
      await audit(this.users.manager, by, { action: 'LOGIN_FAILED', subjectId: user?.id ?? null });
      return { fault: INVALID_CREDENTIALS };
    }
    if (this.settings.REQUIRE_VERIFIED_EMAIL && !user.emailVerifiedAt) return { fault: EMAIL_NOT_VERIFIED };
    return { user, fault: null };
  }
  /**
   * The first of some passwords that is the one of somebody who is logged in; INVALID_CREDENTIALS when none is. All
   * together are one attempt.
   * @param user with the password hash
   */
  async confirm(
    user: UserEntity,
    candidates: readonly string[],
    by: AuthContext,
  ): Promise<{ password: string; fault: null } | { fault: AuthFault }> {
    for (const password of candidates) {
      if (await this.passwords.verify(password, user.passwordHash)) return { password, fault: null };
    }
    this.logger.info({ userId: user.id }, 'password not confirmed');
    const detail = { loggedIn: true };
    await audit(this.users.manager, by, { action: 'LOGIN_FAILED', subjectId: user.id, detail });
    return { fault: INVALID_CREDENTIALS };
  }
}
