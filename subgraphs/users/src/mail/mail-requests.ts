import type { EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { MailJobEntity, type MailRequest } from './mail-job.entity.js';

/**
 * Asks for a mail in the transaction of what it is about, so that there is neither without the other. Wake the
 * `MailWorker` once that is committed.
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
