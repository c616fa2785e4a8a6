import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { normalizeEmail } from '@supergraph/service/email-address';
import type { Logger } from 'pino';
import type { Repository } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { LOGGER, SETTINGS, type Settings } from '../core.module.js';
import type { AuthFault } from '../errors/auth-fault.js';
import { hashPassword, verifyPassword } from './password.js';
import { checkRegistration, type Registration } from './registration.js';
import { UserEntity } from './user.entity.js';

/** Who has an account, and whether somebody is who they say. */
@Injectable()
export class AccountsService {
  constructor(
    @InjectRepository(UserEntity) private readonly users: Repository<UserEntity>,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Makes an account with the default role, unless the address has one already. What it answers, and what that
   * costs, is the same either way, so that nobody learns who has an account.
   * @returns everything that is wrong with the registration; nothing when it was accepted
   */
  async register(registration: Registration): Promise<AuthFault[]> {
    const checked = checkRegistration(registration);
    if (checked.faults) return checked.faults;
    const { email, emailNormalized, displayName, password } = checked;
    const passwordHash = await hashPassword(password);
    await this.users
      .createQueryBuilder()
      .insert()
      .values({
        id: uuid(),
        email,
        emailNormalized,
        displayName,
        passwordHash,
        roles: [this.settings.DEFAULT_ROLE],
        createdAt: new Date(),
      })
      .orIgnore('("email_normalized")')
      .execute();
    return [];
  }

  /** The account of this address, if the password is its own; null after the same time if there is none. */
  async authenticate(email: string, password: string): Promise<UserEntity | null> {
    const emailNormalized = normalizeEmail(email);
    const user =
      emailNormalized === null
        ? null
        : await this.users
            .createQueryBuilder('user')
            .addSelect('user.passwordHash')
            .where({ emailNormalized })
            .getOne();
    if (await verifyPassword(password, user?.passwordHash)) return user;
    this.logger.info({ userId: user?.id }, 'login failed');
    return null;
  }

  /** @throws EntityNotFoundError when there is no such account; for callers who know that there is one */
  get(id: string): Promise<UserEntity> {
    return this.users.findOneByOrFail({ id });
  }
}
