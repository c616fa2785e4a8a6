import { createHash } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { IDEMPOTENCY_LOCKS } from '../../database/advisory-locks.js';
import type { AddSubscriberRequest } from './add-subscriber-request.js';
import { IdempotencyKeyEntity } from './idempotency-key.entity.js';

/** What one key of one viewer was used for. */
export class KeyedRequest {
  private readonly inputHash: string;

  constructor(
    private readonly viewerId: string,
    private readonly key: string,
    { email, name, onExisting }: AddSubscriberRequest,
  ) {
    this.inputHash = createHash('sha256')
      .update(JSON.stringify([email, name, onExisting]))
      .digest('hex');
  }

  /**
   * Finds what the key was used for before. Until the transaction ends, others with the same key wait here.
   * @returns null the first time, `'other input'` when the key stands for another request
   */
  async earlier(
    manager: EntityManager,
  ): Promise<{ subscriberId: string; created: boolean } | 'other input' | null> {
    const { viewerId, key } = this;
    await manager.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [
      IDEMPOTENCY_LOCKS,
      `${viewerId} ${key}`,
    ]);
    const earlier = await manager.findOneBy(IdempotencyKeyEntity, { viewerId, key });
    return earlier && earlier.inputHash !== this.inputHash ? 'other input' : earlier;
  }

  async remember(manager: EntityManager, outcome: { subscriberId: string; created: boolean }): Promise<void> {
    const { viewerId, key, inputHash } = this;
    await manager.insert(IdempotencyKeyEntity, { viewerId, key, inputHash, ...outcome });
  }
}
