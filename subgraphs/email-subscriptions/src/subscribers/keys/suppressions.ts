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

  /** When the address was erased; null if it is not suppressed. */
  async since(manager: EntityManager, emailNormalized: string): Promise<Date | null> {
    const found = await manager.findOne(SuppressionEntity, {
      where: { hash: In(this.keys.addressHashes(emailNormalized)) },
      order: { createdAt: 'DESC' },
    });
    return found?.createdAt ?? null;
  }

  /** Whether any address is suppressed. */
  async exist(manager: EntityManager): Promise<boolean> {
    return manager.exists(SuppressionEntity);
  }

  /** The suppressed ones of many addresses. */
  async among(manager: EntityManager, emailsNormalized: readonly string[]): Promise<ReadonlySet<string>> {
    const byHash = new Map(
      emailsNormalized.flatMap((email) =>
        this.keys.addressHashes(email).map((hash) => [hash.toString('hex'), email] as const),
      ),
    );
    const found = await manager.query<{ hash: string }[]>(
      `SELECT encode(hash, 'hex') AS hash FROM suppressions WHERE hash = ANY ($1::bytea[])`,
      [[...byHash.keys()].map((hash) => `\\x${hash}`)],
    );
    return new Set(found.map(({ hash }) => byHash.get(hash)!));
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
