import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { AuthContext } from '@kit/auth';
import { MailJobs } from '@kit/mail';
import { newId, searchText } from '@kit/database';
import type { Repository } from 'typeorm';
import { audit } from '../audit/audit-log.js';
import { CONFIG } from '@kit/service';
import type { Config } from '../config.js';
import type { AuthFault } from '../errors/auth-fault.js';
import { Throttle } from '../throttling/throttle.js';
import type { AccountMail } from '../mail/account-letters.js';
import { initialRoles } from '../roles.js';
import { Passwords } from './passwords.js';
import { checkRegistration, RegistrationClosed, type Registration } from './registration.js';
import { faultOfTooBusy } from './too-busy.js';
import { UserEntity } from './user.entity.js';

/** Creates and loads accounts. */
@Injectable()
export class AccountsService {
  constructor(
    @InjectRepository(UserEntity) private readonly users: Repository<UserEntity>,
    @Inject(CONFIG) private readonly config: Config,
    private readonly passwords: Passwords,
    private readonly throttle: Throttle,
    private readonly mail: MailJobs<AccountMail>,
  ) {}

  /**
   * Creates an account with the default role, unless the address already has one. The result and the time taken are the
   * same in both cases, so that callers cannot find out which addresses have an account. Only the mail tells.
   * @returns the faults of the registration, or RATE_LIMITED after too many; empty if it was accepted
   * @throws RegistrationClosed
   */
  async register(registration: Registration, by: AuthContext): Promise<AuthFault[]> {
    if (this.config.REGISTRATION === 'closed') throw new RegistrationClosed();
    const checked = checkRegistration(registration);
    if (checked.faults) return checked.faults;
    const { email, emailNormalized, displayName, password } = checked;
    const hashed = await this.hash(password, emailNormalized, by);
    if (hashed.fault) return [hashed.fault];
    const { passwordHash } = hashed;
    await this.users.manager.transaction(async (manager) => {
      const { raw } = await manager
        .createQueryBuilder()
        .insert()
        .into(UserEntity)
        .values({
          id: newId(),
          email,
          emailNormalized,
          displayName,
          passwordHash,
          roles: initialRoles(this.config.DEFAULT_ROLE),
          createdAt: new Date(),
          emailVerifiedAt: null,
          searchText: searchText(email, displayName),
        })
        .orIgnore('("email_normalized")')
        .returning('id')
        .execute();
      const [created] = raw as { id: string }[];
      const detail = { existed: created === undefined };
      const subjectId = created?.id ?? null;
      await audit(manager, by, { action: 'ACCOUNT_REGISTERED', subjectId, detail });
      await this.mail.enqueue(manager, { kind: 'REGISTRATION', emailNormalized });
    });
    this.mail.wake();
    return [];
  }

  /** @throws EntityNotFoundError for an unknown id */
  get(id: string): Promise<UserEntity> {
    return this.users.findOneByOrFail({ id });
  }

  /** Counts the registration towards the rate limit, unless the queue rejects it first. */
  private async hash(
    password: string,
    emailNormalized: string,
    by: AuthContext,
  ): Promise<{ passwordHash: string; fault: null } | { fault: AuthFault }> {
    try {
      return await this.passwords.inTurn(async () => {
        const fault = await this.throttle.registration(by, emailNormalized);
        if (fault) return { fault };
        return { passwordHash: await this.passwords.hash(password), fault: null };
      });
    } catch (error) {
      return { fault: faultOfTooBusy(error) };
    }
  }
}
