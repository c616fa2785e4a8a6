import { repeatedTransaction } from '@kit/database';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { ImportEntity } from './import.entity.js';

/** How long after the death of a replica another one goes on with its import. */
const LEASE_SECONDS = 5;

/** How often a claim is renewed, in milliseconds. */
const RENEW_MS = 1_000;

/** The right of one worker to work on an import. */
export interface ImportClaim {
  readonly id: string;
  readonly attempt: number;
}

/** The import was cancelled, or another worker has claimed it. */
export class ClaimLost extends Error {}

/** Gives each running import to one worker at a time. */
@Injectable()
export class ImportLease {
  constructor(private readonly dataSource: DataSource) {}

  /** Claims the import that has waited for longest; null if none waits. */
  async claim(): Promise<ImportClaim | null> {
    const [[claim]] = await this.dataSource.query<[ImportClaim[], number]>(
      `UPDATE subscriber_imports
          SET attempt = attempt + 1, leased_until = now() + $1 * interval '1 second'
        WHERE id = (
          SELECT id FROM subscriber_imports
           WHERE status = 'RUNNING' AND (leased_until IS NULL OR leased_until < now())
           ORDER BY created_at LIMIT 1
             FOR UPDATE SKIP LOCKED)
    RETURNING id, attempt`,
      [LEASE_SECONDS],
    );
    return claim ?? null;
  }

  /**
   * Keeps a claim until the returned function is called. While a batch is written, a renewal waits for it, and no other
   * one waits with it.
   */
  keep(claim: ImportClaim, onError: (error: unknown) => void): () => void {
    let isRenewing = false;
    const renewal = setInterval(() => {
      if (isRenewing) return;
      isRenewing = true;
      void this.renew(claim)
        .catch(onError)
        .finally(() => (isRenewing = false));
    }, RENEW_MS);
    return () => clearInterval(renewal);
  }

  private async renew({ id, attempt }: ImportClaim): Promise<void> {
    await this.dataSource.query(
      `UPDATE subscriber_imports SET leased_until = now() + $3 * interval '1 second'
        WHERE id = $1 AND attempt = $2 AND status = 'RUNNING'`,
      [id, attempt, LEASE_SECONDS],
    );
  }

  /** Lets another worker claim the import at once. */
  async release({ id, attempt }: ImportClaim): Promise<void> {
    await this.dataSource.query(
      'UPDATE subscriber_imports SET leased_until = NULL WHERE id = $1 AND attempt = $2',
      [id, attempt],
    );
  }

  /**
   * Runs a transaction that only the holder of the claim can commit, again after a conflict with another one. It waits for
   * cancellations and they for it.
   * @throws ClaimLost
   */
  hold<Result>(
    { id, attempt }: ImportClaim,
    work: (manager: EntityManager, job: ImportEntity) => Promise<Result>,
  ): Promise<Result> {
    return repeatedTransaction(this.dataSource, async (manager) => {
      const job = await manager.findOne(ImportEntity, {
        where: { id, attempt, status: 'RUNNING' },
        lock: { mode: 'pessimistic_write' },
      });
      if (!job) throw new ClaimLost();
      return work(manager, job);
    });
  }
}
