import type { EntityManager } from 'typeorm';
import { UserEntity } from './user.entity.js';

/**
 * Whether the password that was verified is the account's still. If so it stays so until the transaction is over, for
 * which checking it, which takes long, has to be done before.
 * @param purpose of who only relies on it, any number may at once; who changes it is alone
 */
export async function isStillThePassword(
  manager: EntityManager,
  { id, passwordHash }: UserEntity,
  purpose: 'to rely on' | 'to change',
): Promise<boolean> {
  if (passwordHash === undefined) throw new Error('the password hash was not read, so nothing was verified');
  const found = await manager.findOne(UserEntity, {
    select: { id: true },
    where: { id, passwordHash },
    lock: { mode: purpose === 'to change' ? 'for_no_key_update' : 'pessimistic_read' },
  });
  return found !== null;
}
