import { Inject, Injectable } from '@nestjs/common';
import { normalizeEmail } from '@supergraph/service/email-address';
import { searchText } from '@supergraph/service/search-text';
import { StartUpError } from '@supergraph/service/start-up';
import type { Logger } from 'pino';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { passwordWeakness } from '../accounts/password-weakness.js';
import { Passwords } from '../accounts/passwords.js';
import { UserEntity } from '../accounts/user.entity.js';
import { audit } from '../audit/audit-log.js';
import { LOGGER, SETTINGS, type Settings } from '../core.module.js';
import { OWNERS_LOCK } from '../database/advisory-locks.js';
import { EmailTokenEntity } from '../mail/email-token.entity.js';
import type { Role } from '../roles.js';
import { endSessions } from '../sessions/end-sessions.js';
import { thereIsAnOwner } from './owners.js';

const DISPLAY_NAME = 'Owner';

/** Somebody has to be able to give roles: the person whom the operator names, as long as there is no owner. */
@Injectable()
export class FirstOwner {
  constructor(
    private readonly dataSource: DataSource,
    private readonly passwords: Passwords,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Makes the owner that OWNER_EMAIL and OWNER_PASSWORD describe, if there is none; of replicas that start together,
   * one does. Once there is an owner the two mean nothing any more.
   * @throws StartUpError when that password cannot be anybody's
   */
  async make(): Promise<void> {
    const { OWNER_EMAIL: email, OWNER_PASSWORD: password } = this.settings;
    if (email === undefined || password === undefined) return;
    if (await thereIsAnOwner(this.dataSource.manager)) return;
    const weakness = passwordWeakness(password, [email, DISPLAY_NAME]);
    if (weakness) throw new StartUpError(`OWNER_PASSWORD is too weak. ${weakness}`);
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

/** What makes an account the first owner's, new or not. */
const ownership = (passwordHash: string) => ({
  passwordHash,
  roles: ['OWNER'] satisfies Role[] as Role[],
  emailVerifiedAt: new Date(),
});

/** @returns the id of the account; null when the address has one already */
async function create(manager: EntityManager, email: string, passwordHash: string): Promise<string | null> {
  const { raw } = await manager
    .createQueryBuilder()
    .insert()
    .into(UserEntity)
    .values({
      id: uuid(),
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

/** Whoever had the account until now may have been anybody: they keep neither password, session nor mailed link. */
async function takeOver(manager: EntityManager, email: string, passwordHash: string): Promise<string> {
  const { id: userId } = await manager.findOneByOrFail(UserEntity, {
    emailNormalized: normalizeEmail(email)!,
  });
  await manager.update(UserEntity, { id: userId }, ownership(passwordHash));
  await endSessions(manager, null, { userId });
  await manager.delete(EmailTokenEntity, { userId });
  return userId;
}
