import type { EntityManager } from 'typeorm';
import { MailJobEntity, type MailOutcome } from './mail-job.entity.js';

/** A job that is leased to one process. */
export interface ClaimedJob extends Pick<MailJobEntity, 'id' | 'kind' | 'emailNormalized' | 'attempts'> {
  /** Since it was queued. */
  readonly ageMs: number;
}

/**
 * Leases the job of these kinds that has been due for longest; null when none is due. Concurrent callers get different
 * jobs.
 */
export async function claimMailJob(
  manager: EntityManager,
  kinds: readonly string[],
  leaseMs: number,
): Promise<ClaimedJob | null> {
  const [[job]] = await manager.query<[ClaimedJob[], number]>(
    `UPDATE mail_jobs
        SET attempts = attempts + 1, next_attempt_at = now() + $1 * interval '1 ms'
      WHERE id = (
        SELECT id FROM mail_jobs
         WHERE done_at IS NULL AND next_attempt_at <= now() AND kind = ANY ($2)
         ORDER BY next_attempt_at
         LIMIT 1
           FOR UPDATE SKIP LOCKED)
  RETURNING id, kind, email_normalized AS "emailNormalized", attempts,
            (extract(epoch FROM now() - created_at) * 1000)::float8 AS "ageMs"`,
    [leaseMs, kinds],
  );
  return job ?? null;
}

/** Marks the job as done, unless another process has claimed it since or it was deleted. */
export async function finishMailJob(
  manager: EntityManager,
  { id, attempts }: ClaimedJob,
  outcome: MailOutcome,
): Promise<void> {
  await manager.update(MailJobEntity, { id, attempts }, { doneAt: () => 'now()', outcome });
}

/** Makes the job due in `delayMs`, unless another process has claimed it since or it was deleted. */
export async function postponeMailJob(
  manager: EntityManager,
  { id, attempts }: ClaimedJob,
  delayMs: number,
): Promise<void> {
  await manager
    .createQueryBuilder()
    .update(MailJobEntity)
    .set({ nextAttemptAt: () => `now() + :delayMs * interval '1 ms'` })
    .where({ id, attempts })
    .setParameters({ delayMs })
    .execute();
}
