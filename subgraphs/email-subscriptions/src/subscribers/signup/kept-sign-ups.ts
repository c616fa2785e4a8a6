import { Injectable } from '@nestjs/common';
import { IsNull, Not, type EntityManager } from 'typeorm';
import { SignUpEntity } from './sign-up.entity.js';

const DAYS = 7;

/** The sign-ups that wait for a confirmation by the owner of the address: at most one of an address. */
@Injectable()
export class KeptSignUps {
  /** Keeps a sign-up until 7 days after the last mail. If one of the address is kept, that one is kept longer instead. */
  async keep(
    manager: EntityManager,
    { id, emailNormalized }: Pick<SignUpEntity, 'id' | 'emailNormalized'>,
  ): Promise<void> {
    const keptUntil = () => `now() + interval '${DAYS} days'`;
    // One that is over must not come back as evidence of consent.
    await manager.query('DELETE FROM sign_ups WHERE email_normalized = $1 AND kept_until <= now()', [
      emailNormalized,
    ]);
    const kept = { emailNormalized, keptUntil: Not(IsNull()) };
    const { affected } = await manager.update(SignUpEntity, kept, { keptUntil });
    if (affected === 0) await manager.update(SignUpEntity, { id }, { keptUntil });
  }

  /** @returns the sign-up, locked; null once it is over */
  find(manager: EntityManager, id: string): Promise<SignUpEntity | null> {
    return manager
      .createQueryBuilder(SignUpEntity, 's')
      .where({ id })
      .andWhere('s.keptUntil > now()')
      .setLock('pessimistic_write')
      .getOne();
  }

  /**
   * Deletes the kept sign-ups of addresses, and their tokens.
   * @param waiting also deletes those that wait for the worker. One that the worker is processing stays.
   */
  async forget(
    manager: EntityManager,
    addresses: readonly string[],
    { waiting = false } = {},
  ): Promise<void> {
    await manager.query(
      `DELETE FROM sign_ups WHERE id IN (
         SELECT id FROM sign_ups WHERE email_normalized = ANY ($1) AND (kept_until IS NOT NULL OR $2)
            FOR UPDATE SKIP LOCKED)`,
      [addresses, waiting],
    );
  }
}
