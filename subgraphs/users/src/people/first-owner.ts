import { Inject, Injectable } from '@nestjs/common';
import { normalizeEmail } from '@kit/mail';
import { newId, searchText } from '@kit/database';
import { CONFIG, LOGGER, StartUpError } from '@kit/service';
import type { Logger } from 'pino';
import { DataSource, type EntityManager } from 'typeorm';
import { passwordWeakness } from '../accounts/password-weakness.js';
import { Passwords } from '../accounts/passwords.js';
import { UserEntity } from '../accounts/user.entity.js';
import { audit } from '../audit/audit-log.js';
import type { Config } from '../config.js';
import { OWNERS_LOCK } from '../database/advisory-locks.js';
import { EmailTokenEntity } from '../mail/email-token.entity.js';
import type { Role } from '../roles.js';
import { endSessions } from '../sessions/end-sessions.js';
import { thereIsAnOwner } from './owners.js';

const DISPLAY_NAME = 'Owner';

/** Creates the first owner, who can assign roles, from the config of the operator. */
@Injectable()
export class FirstOwner {
  constructor(
    private readonly dataSource: DataSource,
    private readonly passwords: Passwords,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Creates the owner of OWNER_EMAIL and OWNER_PASSWORD, unless there is an owner. Of replicas that start together only
   * one creates it.
   * @throws StartUpError when the password is too weak
   */
  async make(): Promise<void> {
    const { OWNER_EMAIL: email, OWNER_PASSWORD: password } = this.config;
    if (email === undefined || password === undefined) return;
    if (await thereIsAnOwner(this.dataSource.manager)) return;
    const weakness = passwordWeakness(password, [email, DISPLAY_NAME]);
    if (weakness) throw new StartUpError(`OWNER_PASSWORD cannot be used. ${weakness}`);
    const passwordHash = await this.passwords.hash(password);

    const userId = await this.dataSource.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [OWNERS_LOCK]);
      if (await thereIsAnOwner(manager)) return null;
      const created = await create(manager, email.trim(), passwordHash);
      const subjectId = created ?? (await takeOver(manager, email, passwordHash));
      const detail = { existed: created === null };
      await audit(manager, null, { action: 'OWNER_CREATED', subjectId, detail });
      return subjectId;
    });
    if (userId !== null) this.logger.info({ userId }, 'the first owner was created');
  }
}

/** The fields that make a new or existing account the first owner's. */
const ownership = (passwordHash: string) => ({
  passwordHash,
  roles: ['OWNER'] satisfies Role[] as Role[],
  emailVerifiedAt: new Date(),
});

/** @returns the id of the account, or null if the address already has one */
async function create(manager: EntityManager, email: string, passwordHash: string): Promise<string | null> {
  const { raw } = await manager
    .createQueryBuilder()
    .insert()
    .into(UserEntity)
    .values({
      id: newId(),
      email,
      emailNormalized: normalizeEmail(email)!,
      displayName: DISPLAY_NAME,
      createdAt: new Date(),
      searchText: searchText(email, DISPLAY_NAME),
      ...ownership(passwordHash),
    })
    .orIgnore('("email_normalized")')
    .returning('id')
    .execute();
  return (raw as { id: string }[])[0]?.id ?? null;
}

/** Anyone may have registered the account, so its password, sessions and mailed links are revoked. */
async function takeOver(manager: EntityManager, email: string, passwordHash: string): Promise<string> {
  const { id: userId } = await manager.findOneByOrFail(UserEntity, {
    emailNormalized: normalizeEmail(email)!,
  });
  await manager.update(UserEntity, { id: userId }, ownership(passwordHash));
  await endSessions(manager, null, { userId });
  await manager.delete(EmailTokenEntity, { userId });
  return userId;
}
