import { createHash, randomBytes } from 'node:crypto';
import { IsNull, type EntityManager } from 'typeorm';
import { EmailTokenEntity } from './email-token.entity.js';

export type EmailTokenPurpose = EmailTokenEntity['purpose'];

const MINUTES: Record<EmailTokenPurpose, number> = { RESET_PASSWORD: 60, VERIFY_EMAIL: 24 * 60 };

/** Creates a token for a mail: 32 random bytes as base64url. The database stores its SHA-256. */
export async function issueEmailToken(
  manager: EntityManager,
  userId: string,
  purpose: EmailTokenPurpose,
): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await manager
    .createQueryBuilder()
    .insert()
    .into(EmailTokenEntity)
    .values({
      hash: hashOf(token),
      userId,
      purpose,
      createdAt: () => 'now()',
      expiresAt: () => `now() + interval '${MINUTES[purpose]} minutes'`,
      usedAt: null,
    })
    .execute();
  return token;
}

/** An issued token that has not expired. */
export interface FoundToken {
  readonly userId: string;
  readonly isUsed: boolean;
}

/** Finds a token that has not expired, used or not. Null for every other token. */
export async function findEmailToken(
  manager: EntityManager,
  token: string,
  purpose: EmailTokenPurpose,
): Promise<FoundToken | null> {
  const found = await manager
    .createQueryBuilder(EmailTokenEntity, 'token')
    .where({ hash: hashOf(token), purpose })
    .andWhere('token.expires_at > now()')
    .getOne();
  return found && { userId: found.userId, isUsed: found.usedAt !== null };
}

/** Marks a token as used and returns the user's id. Null if it is unknown, used or expired, so of two concurrent calls one gets null. */
export async function useEmailToken(
  manager: EntityManager,
  token: string,
  purpose: EmailTokenPurpose,
): Promise<string | null> {
  const { raw } = await manager
    .createQueryBuilder()
    .update(EmailTokenEntity)
    .set({ usedAt: () => 'now()' })
    .where({ hash: hashOf(token), purpose })
    .andWhere('used_at IS NULL AND expires_at > now()')
    .returning('user_id')
    .execute();
  return (raw as { user_id: string }[])[0]?.user_id ?? null;
}

/**
 * Deletes a user's unused tokens of a purpose. It must not mark them as used: the service confirms a repeated call
 * with a used token.
 */
export async function withdrawEmailTokens(
  manager: EntityManager,
  userId: string,
  purpose: EmailTokenPurpose,
): Promise<void> {
  await manager.delete(EmailTokenEntity, { userId, purpose, usedAt: IsNull() });
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
