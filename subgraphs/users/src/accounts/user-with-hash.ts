import type { EntityManager } from 'typeorm';
import { UserEntity } from './user.entity.js';

/** A user with the password hash, which is not read anywhere else; null when there is none. */
export function userWithHash(
  manager: EntityManager,
  who: { id: string } | { emailNormalized: string },
): Promise<UserEntity | null> {
  return manager.createQueryBuilder(UserEntity, 'user').addSelect('user.passwordHash').where(who).getOne();
}
