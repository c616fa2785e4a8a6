import { newId } from '@kit/database';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { MailWorker } from '../sending/mail-worker.js';
import { MailJobEntity } from './mail-job.entity.js';

/** Queues mails. `Kind` lists the kinds that the option `letters` has. */
@Injectable()
export class MailJobs<Kind extends string = string> {
  constructor(private readonly worker: MailWorker) {}

  /**
   * Queues a mail in the transaction of the change that it reports, so that neither exists without the other. Call
   * `wake` after the commit.
   */
  async enqueue(
    manager: EntityManager,
    { kind, emailNormalized }: { readonly kind: Kind; readonly emailNormalized: string },
  ): Promise<void> {
    await manager
      .createQueryBuilder()
      .insert()
      .into(MailJobEntity)
      .values({ id: newId(), kind, emailNormalized, createdAt: () => 'now()', nextAttemptAt: () => 'now()' })
      .execute();
  }

  /**
   * Deletes all jobs of an address, queued and done, in the caller's transaction. It waits while the letter of one of
   * them is composed. A mail that a worker is sending at that moment can still arrive once. Its outcome is not stored.
   *
   * Before the call, prevent that other transactions queue mail to the address, such as by a lock on the row of its
   * owner. After it, delete what composing letters wrote. A `ComposeLetter` must not wait for that lock: the two
   * transactions would be a deadlock.
   */
  async forget(manager: EntityManager, emailNormalized: string): Promise<void> {
    await manager.delete(MailJobEntity, { emailNormalized });
  }

  /** Sends the committed mails now. Otherwise they are sent within two seconds. */
  wake(): void {
    this.worker.wake();
  }
}
