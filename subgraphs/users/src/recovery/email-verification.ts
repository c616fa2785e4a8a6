import { Injectable } from '@nestjs/common';
import type { AuthContext } from '@supergraph/auth-context/auth-context';
import { DataSource } from 'typeorm';
import { UserEntity } from '../accounts/user.entity.js';
import { audit } from '../audit/audit-log.js';
import type { AuthFault } from '../errors/auth-fault.js';
import { useEmailToken } from '../mail/email-tokens.js';
import { INVALID_EMAIL_TOKEN } from './email-token-fault.js';

/** That an address is its account's. */
@Injectable()
export class EmailVerification {
  constructor(private readonly dataSource: DataSource) {}

  /** @returns why the address is not verified by this token; null when it is */
  verify(token: string, by: AuthContext): Promise<AuthFault | null> {
    return this.dataSource.transaction(async (manager) => {
      const userId = await useEmailToken(manager, token, 'VERIFY_EMAIL');
      if (userId === null) return INVALID_EMAIL_TOKEN;
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
}
