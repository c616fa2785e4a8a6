import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { UserEntity } from '../accounts/user.entity.js';
import { CONFIG } from '@kit/service';
import type { Config } from '../config.js';
import { issueEmailToken } from './email-tokens.js';
import {
  accountExistsLetter,
  passwordResetLetter,
  purposeOf,
  verificationLetter,
  type Letter,
} from './letter.js';
import type { Mail } from './mail.js';
import { claimMailJob, finishMailJob, type ClaimedJob } from './mail-jobs.js';

/** Longer than retries last: the mail waited while no replica could send, and is no longer useful. */
const STALE_MS = 26 * 60 * 60 * 1000;

/** A job and its mail. There is no mail when the address has no account or the job is stale. */
export type Draft =
  | { readonly job: ClaimedJob; readonly mail: Mail }
  | { readonly job: ClaimedJob; readonly mail: null; readonly outcome: 'NOBODY' | 'GIVEN_UP' };

/** Turns due jobs into mails. */
@Injectable()
export class MailDrafts {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Claims the next due job for `leaseMs` and creates its mail; null when none is due. The token is committed with the
   * claim, before the mail can arrive.
   */
  next(leaseMs: number): Promise<Draft | null> {
    return this.dataSource.transaction(async (manager) => {
      const job = await claimMailJob(manager, leaseMs);
      if (!job) return null;
      const user = await manager.findOneBy(UserEntity, { emailNormalized: job.emailNormalized });
      const isStale = job.ageMs > STALE_MS;
      if (!user || isStale) {
        const outcome = user ? 'GIVEN_UP' : 'NOBODY';
        await finishMailJob(manager, job, outcome);
        return { job, mail: null, outcome };
      }
      const letter = await this.letter(manager, job, user);
      // Mail servers do not normalize full-width characters; see email-address.ts.
      const to = user.email.normalize('NFKC');
      return { job, mail: { id: job.id, to, letter } };
    });
  }

  private async letter(manager: EntityManager, { kind }: ClaimedJob, user: UserEntity): Promise<Letter> {
    const { APP_URL } = this.config;
    const purpose = purposeOf(kind, user);
    if (!purpose) return accountExistsLetter(APP_URL);
    const token = await issueEmailToken(manager, user.id, purpose);
    return purpose === 'VERIFY_EMAIL'
      ? verificationLetter(APP_URL, token)
      : passwordResetLetter(APP_URL, token);
  }
}
