import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { In, IsNull, type EntityManager } from 'typeorm';
import { ConfirmationTokenEntity } from './confirmation-token.entity.js';

const DAYS = 7;

/** What a token confirms: the address of a subscriber, or a kept sign-up. */
export type TokenSubject =
  | { readonly subscriberId: string; readonly signUpId: null }
  | { readonly subscriberId: null; readonly signUpId: string };

/** Creates a token for a confirmation mail: 32 random bytes as base64url. The database stores its SHA-256. */
export async function issueConfirmationToken(manager: EntityManager, subject: TokenSubject): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await manager.insert(ConfirmationTokenEntity, {
    ...subject,
    hash: hashOf(token),
    createdAt: () => 'now()',
    expiresAt: () => `now() + interval '${DAYS} days'`,
    usedAt: null,
  });
  return token;
}

/** The tokens of confirmation links, which expire after 7 days and are used once. */
@Injectable()
export class ConfirmationTokens {
  /** Finds a token that has not expired, used or not. Null for every other token. */
  find(manager: EntityManager, token: string): Promise<ConfirmationTokenEntity | null> {
    return manager
      .createQueryBuilder(ConfirmationTokenEntity, 'token')
      .where({ hash: hashOf(token) })
      .andWhere('token.expiresAt > now()')
      .getOne();
  }

  /** Marks a token as used by a subscriber, who is locked. */
  async use(
    manager: EntityManager,
    { hash }: Pick<ConfirmationTokenEntity, 'hash'>,
    subscriberId: string,
  ): Promise<void> {
    await manager.update(
      ConfirmationTokenEntity,
      { hash },
      { subscriberId, signUpId: null, usedAt: () => 'now()' },
    );
  }

  /**
   * Deletes the unused tokens of subscribers, who are locked. It must not mark them as used: a used token is confirmed
   * once more while its subscriber is `ACTIVE`.
   */
  async withdraw(manager: EntityManager, subscriberIds: readonly string[]): Promise<void> {
    await manager.delete(ConfirmationTokenEntity, { subscriberId: In([...subscriberIds]), usedAt: IsNull() });
  }
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
