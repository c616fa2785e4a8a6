import { Injectable } from '@nestjs/common';
import type { AuthContext } from '@kit/auth';
import { DataSource, type EntityManager } from 'typeorm';
import { UserEntity } from '../accounts/user.entity.js';
import { audit } from '../audit/audit-log.js';
import type { AuthFault } from '../errors/auth-fault.js';
import { findEmailToken, useEmailToken } from '../mail/email-tokens.js';
import { INVALID_EMAIL_TOKEN } from './email-token-fault.js';

/** Verifies that an account owns its address. */
@Injectable()
export class EmailVerification {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * A repeated call with the same token returns the same and changes nothing.
   * @returns null when the address is verified, or the fault
   */
  verify(token: string, by: AuthContext): Promise<AuthFault | null> {
    return this.dataSource.transaction(async (manager) => {
      const found = await findEmailToken(manager, token, 'VERIFY_EMAIL');
      if (!found) return INVALID_EMAIL_TOKEN;
      const { userId } = found;
      // All transactions that change both lock the user before their tokens, to avoid deadlocks.
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
