import { createHash, randomBytes } from 'node:crypto';
import { IsNull, type EntityManager } from 'typeorm';
import { EmailTokenEntity } from './email-token.entity.js';

export type EmailTokenPurpose = EmailTokenEntity['purpose'];

const MINUTES: Record<EmailTokenPurpose, number> = { RESET_PASSWORD: 60, VERIFY_EMAIL: 24 * 60 };

/** Makes a token for a mail: 32 random bytes as base64url. What is kept of it is its SHA-256. */
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

/** A token that somebody was sent, and whether it did what it was for. */
export interface FoundToken {
  readonly userId: string;
  readonly isUsed: boolean;
}

/** Whose token it is, as long as it has not expired; null for every token that never worked, or does not any more. */
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

/** Uses a token up. Of two who come with it at once, one gets the user's id; null for every token that does not work. */
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
 * Takes away all that a user has left for this purpose. Marked as used is what did what it was for, and nothing else:
 * whoever comes with it again is told that it worked.
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
