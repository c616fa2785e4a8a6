import type { EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { MailJobEntity, type MailRequest } from './mail-job.entity.js';

/**
 * Queues a mail in the transaction of the change that it reports, so that neither exists without the other. Wake the
 * `MailWorker` after the commit.
 */
export async function requestMail(
  manager: EntityManager,
  kind: MailRequest,
  emailNormalized: string,
): Promise<void> {
  await manager
    .createQueryBuilder()
    .insert()
    .into(MailJobEntity)
    .values({ id: uuid(), kind, emailNormalized, createdAt: () => 'now()', nextAttemptAt: () => 'now()' })
    .execute();
}
