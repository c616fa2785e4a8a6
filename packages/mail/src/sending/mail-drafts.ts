import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { MAIL_OPTIONS, type MailOptions } from '../mail-options.js';
import { backoffMs } from '../queue/backoff.js';
import { claimMailJob, finishMailJob, postponeMailJob, type ClaimedJob } from '../queue/claimed-job.js';
import type { Mail } from './mail.js';

/** Longer than retries last: the mail waited while no replica could send, and is no longer useful. */
const STALE_MS = 26 * 60 * 60 * 1000;

/** A job and its mail, or why there is no mail: the job is done without one, or its letter could not be composed yet. */
export type Draft = { readonly job: ClaimedJob } & (
  | { readonly mail: Mail }
  | { readonly mail: null; readonly outcome: 'NOBODY' | 'GIVEN_UP' }
  | { readonly mail: null; readonly outcome: null; readonly fault: unknown; readonly retryMs: number }
);

/** Turns due jobs into mails. */
@Injectable()
export class MailDrafts {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(MAIL_OPTIONS) private readonly options: MailOptions,
  ) {}

  /** Claims the next due job for `leaseMs` and composes its mail; null when none is due. */
  next(leaseMs: number): Promise<Draft | null> {
    return this.dataSource.transaction(async (manager): Promise<Draft | null> => {
      const { letters } = this.options;
      const job = await claimMailJob(manager, Object.keys(letters), leaseMs);
      if (!job) return null;
      if (job.ageMs > STALE_MS) {
        await finishMailJob(manager, job, 'GIVEN_UP');
        return { job, mail: null, outcome: 'GIVEN_UP' };
      }
      let letter;
      try {
        // A savepoint, so that one bad job does not stop the queue.
        letter = await manager.transaction((inner) => letters[job.kind]!(inner, job.emailNormalized));
      } catch (fault) {
        const retryMs = Math.round(backoffMs(job.attempts));
        await postponeMailJob(manager, job, retryMs);
        return { job, mail: null, outcome: null, fault, retryMs };
      }
      if (letter) return { job, mail: { ...letter, id: job.id } };
      await finishMailJob(manager, job, 'NOBODY');
      return { job, mail: null, outcome: 'NOBODY' };
    });
  }
}
