import type { EntityManager } from 'typeorm';
import { UserEntity } from './user.entity.js';

/**
 * Whether the verified password hash is still the hash of the account. If so, the row stays locked until the
 * transaction ends. Verification is slow and therefore happens before the transaction.
 */
export async function isStillThePassword(
  manager: EntityManager,
  { id, passwordHash }: UserEntity,
): Promise<boolean> {
  if (passwordHash === undefined) throw new Error('the password hash was not read, so nothing was verified');
  const found = await manager.findOne(UserEntity, {
    select: { id: true },
    where: { id, passwordHash },
    lock: { mode: 'for_no_key_update' },
  });
  return found !== null;
}
