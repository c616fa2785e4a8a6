import { ArrayContains, Not, type EntityManager } from 'typeorm';
import { UserEntity } from '../accounts/user.entity.js';

/** Whether anybody is an owner, but for `otherThan`. To build on the answer, hold the OWNERS_LOCK. */
export function thereIsAnOwner(manager: EntityManager, otherThan?: string): Promise<boolean> {
  return manager.existsBy(UserEntity, {
    roles: ArrayContains(['OWNER']),
    ...(otherThan !== undefined && { id: Not(otherThan) }),
  });
}
