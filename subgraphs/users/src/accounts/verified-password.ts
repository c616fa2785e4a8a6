import type { EntityManager } from 'typeorm';
import { UserEntity } from './user.entity.js';

/**
 * Whether the password that was verified is the account's still. If so nobody else changes it until the transaction is
 * over; checking it, which takes long, has to be done before.
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
