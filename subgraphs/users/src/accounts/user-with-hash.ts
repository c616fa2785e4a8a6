import type { EntityManager } from 'typeorm';
import { UserEntity } from './user.entity.js';

/** Loads a user with the password hash, which other queries leave out. Null if the user does not exist. */
export function userWithHash(
  manager: EntityManager,
  who: { id: string } | { emailNormalized: string },
): Promise<UserEntity | null> {
  return manager.createQueryBuilder(UserEntity, 'user').addSelect('user.passwordHash').where(who).getOne();
}
