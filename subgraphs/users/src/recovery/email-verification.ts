import { Injectable } from '@nestjs/common';
import type { AuthContext } from '@supergraph/auth-context/auth-context';
import { DataSource, type EntityManager } from 'typeorm';
import { UserEntity } from '../accounts/user.entity.js';
import { audit } from '../audit/audit-log.js';
import type { AuthFault } from '../errors/auth-fault.js';
import { findEmailToken, useEmailToken } from '../mail/email-tokens.js';
import { INVALID_EMAIL_TOKEN } from './email-token-fault.js';

/** That an address is its account's. */
@Injectable()
export class EmailVerification {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Asked again because the answer was lost, it answers as the first time, and nothing changes.
   * @returns why the address is not verified by this token; null when it is
   */
  verify(token: string, by: AuthContext): Promise<AuthFault | null> {
    return this.dataSource.transaction(async (manager) => {
      const found = await findEmailToken(manager, token, 'VERIFY_EMAIL');
      if (!found) return INVALID_EMAIL_TOKEN;
      const { userId } = found;
      // The user first, then their tokens, as all who change both: else two of them could wait for each other.
      const user = await manager.findOneOrFail(UserEntity, {
        where: { id: userId },
        lock: { mode: 'for_no_key_update' },
      });
      if ((await useEmailToken(manager, token, 'VERIFY_EMAIL')) === null)
        return this.repeat(manager, token, user);
      await manager
        .createQueryBuilder()
        .update(UserEntity)
        .set({ emailVerifiedAt: () => 'coalesce(email_verified_at, now())' })
        .where({ id: userId })
        .execute();
      await audit(manager, by, { action: 'EMAIL_VERIFIED', actorId: userId, subjectId: userId });
      return null;
    });
  }

  private async repeat(manager: EntityManager, token: string, user: UserEntity): Promise<AuthFault | null> {
    const found = await findEmailToken(manager, token, 'VERIFY_EMAIL');
    return found?.isUsed && user.emailVerifiedAt ? null : INVALID_EMAIL_TOKEN;
  }
}
