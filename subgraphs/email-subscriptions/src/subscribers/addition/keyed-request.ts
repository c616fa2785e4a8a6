import { createHash } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { IDEMPOTENCY_LOCKS } from '../../database/advisory-locks.js';
import type { AddSubscriberRequest } from './add-subscriber-request.js';
import { IdempotencyKeyEntity } from './idempotency-key.entity.js';

const NO_DETAILS = JSON.stringify([[], {}, false, null]);

/** A request with an idempotency key. */
export class KeyedRequest {
  private readonly inputHash: string;

  constructor(
    private readonly viewerId: string,
    private readonly key: string,
    { email, name, onExisting, tags, attributes, requireConfirmation, consentText }: AddSubscriberRequest,
  ) {
    const input: unknown[] = [email, name, onExisting];
    const details = [tags, attributes, requireConfirmation, consentText];
    // Without details the hash is that of earlier versions, whose hashes are stored.
    if (JSON.stringify(details) !== NO_DETAILS) input.push(...details);
    this.inputHash = createHash('sha256').update(JSON.stringify(input)).digest('hex');
  }

  /**
   * Finds the earlier result of this key. Concurrent requests with the same key wait until the transaction ends.
   * @returns null the first time, `'other input'` if the key was used with another input
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
