import { Injectable } from '@nestjs/common';
import { In, type EntityManager } from 'typeorm';
import { SubscriberKeys } from './subscriber-keys.js';
import { SuppressionEntity } from './suppression.entity.js';

/** The addresses of erased subscribers, as keyed hashes. */
@Injectable()
export class Suppressions {
  constructor(private readonly keys: SubscriberKeys) {}

  has(manager: EntityManager, emailNormalized: string): Promise<boolean> {
    return manager.existsBy(SuppressionEntity, { hash: In(this.keys.addressHashes(emailNormalized)) });
  }

  async add(manager: EntityManager, emailNormalized: string): Promise<void> {
    await manager
      .createQueryBuilder()
      .insert()
      .into(SuppressionEntity)
      .values({ hash: this.keys.addressHash(emailNormalized), createdAt: () => 'now()' })
      .orIgnore()
      .execute();
  }

  async remove(manager: EntityManager, emailNormalized: string): Promise<void> {
    await manager.delete(SuppressionEntity, { hash: In(this.keys.addressHashes(emailNormalized)) });
  }
}
