import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { WakeableTimer } from '@supergraph/service/wakeable-timer';
import type { Logger } from 'pino';
import { DataSource, type EntityManager } from 'typeorm';
import { LOGGER, SETTINGS, type Settings } from '../core.module.js';
import { backoffMs } from './backoff.js';
import { JobLease, LEASE_MS } from './job-lease.js';
import type { Mail, MailTransport } from './mail.js';
import { MailDrafts } from './mail-drafts.js';
import type { MailOutcome } from './mail-job.entity.js';
import { finishMailJob, postponeMailJob, type ClaimedJob } from './mail-jobs.js';
import { describeSendFault, isRefusal } from './send-fault.js';
import { SendLimiter } from './send-limiter.js';

/** Injects the `MailTransport`; null when there is none. */
export const MAIL_TRANSPORT = Symbol('mail transport');

/** How often it looks although nobody woke it: for what other replicas have left, and for what is due again. */
const POLL_MS = 2_000;

/** How long sending may take: a mail server may look at a mail for ten minutes before it answers. */
const SEND_MS = 11 * 60_000;
const GIVE_UP_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * Sends the mails that were asked for. Every replica has one; a job is one's at a time. It is marked as done directly
 * after the mail server has taken the mail: a crash between the two, and only that, sends it again.
 */
@Injectable()
export class MailWorker implements BeforeApplicationShutdown {
  private readonly timer = new WakeableTimer();
  private readonly impatience = new AbortController();
  private stopping = false;
  private claimFailed = false;
  private ended: Promise<void> = Promise.resolve();

  constructor(
    private readonly dataSource: DataSource,
    private readonly drafts: MailDrafts,
    private readonly limiter: SendLimiter,
    @Inject(MAIL_TRANSPORT) private readonly transport: MailTransport | null,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** To be called once, when the database is open. */
  start(): void {
    if (this.transport) this.ended = this.work(this.transport);
    else this.logger.warn('no mail is sent: neither SMTP_URL nor MAIL_FOLDER is set; mails wait');
  }

  /** Has it look at once: something was committed. */
  wake(): void {
    this.timer.wake();
  }

  /** Finishes what it is at, as far as half of the drain window reaches; the rest is due again. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.timer.wake();
    const impatience = setTimeout(() => this.impatience.abort(), this.settings.DRAIN_TIMEOUT_MS / 2);
    await this.ended;
    clearTimeout(impatience);
  }

  private async work(transport: MailTransport): Promise<void> {
    while (!this.stopping) {
      const draft = await this.next();
      if (!draft) await this.timer.wait(POLL_MS);
      else if (draft.mail) this.limiter.take(this.send(transport, draft.job, draft.mail));
      else this.log(draft.job, draft.outcome);
      await this.limiter.free();
    }
    await this.limiter.empty();
  }

  private async next() {
    try {
      const draft = await this.drafts.next(LEASE_MS);
      this.claimFailed = false;
      return draft;
    } catch (error) {
      // Once for each outage of the database.
      if (!this.claimFailed) this.logger.warn({ err: error }, 'mails wait: the database does not answer');
      this.claimFailed = true;
      return null;
    }
  }

  private async send(transport: MailTransport, job: ClaimedJob, mail: Mail): Promise<void> {
    const lease = new JobLease(this.dataSource.manager, job, (error) =>
      this.logger.warn({ err: error, jobId: job.id }, 'a mail could not be claimed again'),
    );
    const signal = AbortSignal.any([AbortSignal.timeout(SEND_MS), this.impatience.signal]);
    try {
      await transport.send(mail, signal);
    } catch (error) {
      await lease.release();
      return this.fail(job, error, lease);
    }
    await lease.release();
    await this.record(job, lease, (manager) => finishMailJob(manager, job, 'SENT'));
    this.log(job, 'SENT');
  }

  private async fail(job: ClaimedJob, error: unknown, lease: JobLease): Promise<void> {
    const fault = describeSendFault(error);
    const outcome = isRefusal(fault) ? 'REFUSED' : job.ageMs > GIVE_UP_AFTER_MS ? 'GIVEN_UP' : null;
    if (outcome) {
      await this.record(job, lease, (manager) => finishMailJob(manager, job, outcome));
      this.logger.error({ jobId: job.id, kind: job.kind, outcome, fault }, 'a mail was not sent');
      return;
    }
    const retryMs = Math.round(backoffMs(job.attempts));
    await this.record(job, lease, (manager) => postponeMailJob(manager, job, retryMs));
    const { id: jobId, kind, attempts } = job;
    this.logger.warn({ jobId, kind, attempts, retryMs, fault }, 'a mail could not be sent yet');
  }

  /** As long as the job is ours: what has happened to a mail must not be forgotten because the database is away. */
  private async record(
    job: ClaimedJob,
    lease: JobLease,
    change: (manager: EntityManager) => Promise<void>,
  ): Promise<void> {
    for (;;) {
      try {
        return await change(this.dataSource.manager);
      } catch (error) {
        this.logger.warn(
          { err: error, jobId: job.id },
          'what became of a mail could not be written down yet',
        );
        if (!lease.isHeld || this.impatience.signal.aborted) return;
        await delay(POLL_MS / 2);
      }
    }
  }

  private log({ id, kind, attempts }: ClaimedJob, outcome: MailOutcome): void {
    this.logger.info({ jobId: id, kind, attempts, outcome }, 'mail done');
  }
}
