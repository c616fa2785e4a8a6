import { setTimeout as delay } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import { postponeMailJob, type ClaimedJob } from './claimed-job.js';

/** How long after the death of a replica another one takes over its jobs. */
export const LEASE_MS = 60_000;

/** How often a lease is renewed. */
export const RENEW_MS = 5_000;

/** Keeps a job for this process, however long it takes, by renewing its lease. */
export class JobLease {
  private readonly released = new AbortController();
  private readonly ended: Promise<void>;
  private renewedAt = performance.now();

  /** @param onFault is told that a renewal failed, before the next attempt */
  constructor(
    private readonly manager: EntityManager,
    private readonly job: ClaimedJob,
    private readonly renewMs: number,
    private readonly onFault: (error: unknown) => void,
  ) {
    this.ended = this.renew();
  }

  /** Whether no other replica can have claimed the job. */
  get isHeld(): boolean {
    return performance.now() - this.renewedAt < LEASE_MS;
  }

  /** Stops renewing it. It stays held until it expires. */
  async release(): Promise<void> {
    this.released.abort();
    await this.ended;
  }

  private async renew(): Promise<void> {
    const { signal } = this.released;
    while (await delay(this.renewMs, true, { signal }).catch(() => false)) {
      const now = performance.now();
      try {
        await postponeMailJob(this.manager, this.job, LEASE_MS);
        this.renewedAt = now;
      } catch (error) {
        this.onFault(error);
      }
    }
  }
}
