import { ArrayContains, Not, type EntityManager } from 'typeorm';
import { UserEntity } from '../accounts/user.entity.js';

/** Whether there is an owner other than `otherThan`. The result holds only while the caller has OWNERS_LOCK. */
export function thereIsAnOwner(manager: EntityManager, otherThan?: string): Promise<boolean> {
  return manager.existsBy(UserEntity, {
    roles: ArrayContains(['OWNER']),
    ...(otherThan !== undefined && { id: Not(otherThan) }),
  });
}
