import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { LOGGER, WakeableTimer } from '@kit/service';
import type { Logger } from 'pino';
import { DataSource, type EntityManager } from 'typeorm';
import { MAIL_OPTIONS, type MailOptions } from '../mail-options.js';
import { backoffMs } from '../queue/backoff.js';
import { finishMailJob, postponeMailJob, type ClaimedJob } from '../queue/claimed-job.js';
import { JobLease, LEASE_MS } from '../queue/job-lease.js';
import type { MailOutcome } from '../queue/mail-job.entity.js';
import type { Mail, MailTransport } from './mail.js';
import { MailDrafts } from './mail-drafts.js';
import { describeSendFault, isRefusal } from './send-fault.js';
import { SendLimiter } from './send-limiter.js';

/** Injects the `MailTransport`, or null when mail is not configured. */
export const MAIL_TRANSPORT = Symbol('mail transport');

/** Injects how often the lease of a job is renewed, in milliseconds. */
export const LEASE_RENEWAL_MS = Symbol('lease renewal');

/** How often the worker looks for jobs that other replicas left, and for retries. */
const POLL_MS = 2_000;

/** The time limit for one mail: a mail server may take ten minutes to accept it. */
const SEND_MS = 11 * 60_000;
const GIVE_UP_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * Sends the mails of the queue `mail_jobs`. Each replica has one worker, and leases keep a job to one of them. A job is
 * done once the mail server has accepted the mail. Only a crash between the two sends it again.
 */
@Injectable()
export class MailWorker implements BeforeApplicationShutdown {
  private readonly timer = new WakeableTimer();
  private readonly drainEnded = new AbortController();
  private stopping = false;
  private claimFailed = false;
  private ended: Promise<void> = Promise.resolve();

  constructor(
    private readonly dataSource: DataSource,
    private readonly drafts: MailDrafts,
    private readonly limiter: SendLimiter,
    @Inject(MAIL_TRANSPORT) private readonly transport: MailTransport | null,
    @Inject(LEASE_RENEWAL_MS) private readonly renewMs: number,
    @Inject(MAIL_OPTIONS) private readonly options: Pick<MailOptions, 'drainMs'>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Call it once, when the database is open. */
  start(): void {
    if (this.transport) this.ended = this.work(this.transport);
    else this.logger.warn('no mail is sent: neither SMTP_URL nor MAIL_FOLDER is set; mails wait');
  }

  /** Makes the worker look for jobs now. Call it after a transaction that requested mail. */
  wake(): void {
    this.timer.wake();
  }

  /** Finishes the mails in flight, within `drainMs`. The others are retried by the next process. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.timer.wake();
    const drain = setTimeout(() => this.drainEnded.abort(), this.options.drainMs);
    await this.ended;
    clearTimeout(drain);
  }

  private async work(transport: MailTransport): Promise<void> {
    while (!this.stopping) {
      const draft = await this.next();
      if (!draft) await this.timer.wait(POLL_MS);
      else if (draft.mail) this.limiter.take(this.send(transport, draft.job, draft.mail));
      else if (draft.outcome) this.log(draft.job, draft.outcome);
      else this.logFault(draft.job, draft.fault, draft.retryMs);
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
      // One line for each outage of the database.
      if (!this.claimFailed) this.logger.warn({ err: error }, 'mails wait: the database does not answer');
      this.claimFailed = true;
      return null;
    }
  }

  private async send(transport: MailTransport, job: ClaimedJob, mail: Mail): Promise<void> {
    const lease = new JobLease(this.dataSource.manager, job, this.renewMs, (error) =>
      this.logger.warn({ err: error, jobId: job.id }, 'the lease of a mail could not be renewed'),
    );
    const signal = AbortSignal.any([AbortSignal.timeout(SEND_MS), this.drainEnded.signal]);
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

  /** Retries while the lease is held: a mail that was sent must not stay due because the database is away. */
  private async record(
    job: ClaimedJob,
    lease: JobLease,
    change: (manager: EntityManager) => Promise<void>,
  ): Promise<void> {
    for (;;) {
      try {
        return await change(this.dataSource.manager);
      } catch (error) {
        this.logger.warn({ err: error, jobId: job.id }, 'the outcome of a mail could not be stored yet');
        if (!lease.isHeld || this.drainEnded.signal.aborted) return;
        await delay(POLL_MS / 2);
      }
    }
  }

  private logFault({ id, kind, attempts }: ClaimedJob, err: unknown, retryMs: number): void {
    this.logger.error({ err, jobId: id, kind, attempts, retryMs }, 'a mail could not be composed yet');
  }

  private log({ id, kind, attempts }: ClaimedJob, outcome: MailOutcome): void {
    this.logger.info({ jobId: id, kind, attempts, outcome }, 'mail done');
  }
}
