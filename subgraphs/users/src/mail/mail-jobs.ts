import type { EntityManager } from 'typeorm';
import { MailJobEntity, type MailOutcome } from './mail-job.entity.js';

/** A job that one process is at, until its claim ends. */
export interface ClaimedJob extends Pick<MailJobEntity, 'id' | 'kind' | 'emailNormalized' | 'attempts'> {
  /** Since it was asked for. */
  readonly ageMs: number;
}

/** Takes the job that has been due for longest, for so long; null when none is. Whoever comes meanwhile gets another. */
export async function claimMailJob(manager: EntityManager, leaseMs: number): Promise<ClaimedJob | null> {
  const [[job]] = await manager.query<[ClaimedJob[], number]>(
    `UPDATE mail_jobs
        SET attempts = attempts + 1, next_attempt_at = now() + $1 * interval '1 ms'
      WHERE id = (
        SELECT id FROM mail_jobs
         WHERE done_at IS NULL AND next_attempt_at <= now()
         ORDER BY next_attempt_at
         LIMIT 1
           FOR UPDATE SKIP LOCKED)
  RETURNING id, kind, email_normalized AS "emailNormalized", attempts,
            (extract(epoch FROM now() - created_at) * 1000)::float8 AS "ageMs"`,
    [leaseMs],
  );
  return job ?? null;
}

/** Nothing more is to be done about it, unless somebody else has claimed it since. */
export async function finishMailJob(
  manager: EntityManager,
  { id, attempts }: ClaimedJob,
  outcome: MailOutcome,
): Promise<void> {
  await manager.update(MailJobEntity, { id, attempts }, { doneAt: () => 'now()', outcome });
}

/** It is due again in so many milliseconds, unless somebody else has claimed it since. */
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
