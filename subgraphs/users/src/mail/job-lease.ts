import { setTimeout as delay } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import { postponeMailJob, type ClaimedJob } from './mail-jobs.js';

/** For how long a job belongs to who has claimed it: what a process was at that died is done again after that. */
export const LEASE_MS = 60_000;

const RENEW_MS = 5_000;

/** A job that this process has claimed, and claims again and again while it is at it, however long that takes. */
export class JobLease {
  private readonly released = new AbortController();
  private readonly ended: Promise<void>;
  private claimedAt = performance.now();

  /** @param onFault told when it could not be claimed again; that is tried on */
  constructor(
    private readonly manager: EntityManager,
    private readonly job: ClaimedJob,
    private readonly onFault: (error: unknown) => void,
  ) {
    this.ended = this.renew();
  }

  /** Whether nobody else can have claimed it. */
  get isHeld(): boolean {
    return performance.now() - this.claimedAt < LEASE_MS;
  }

  /** Claims it no more; it stays held until the claim is over. */
  async release(): Promise<void> {
    this.released.abort();
    await this.ended;
  }

  private async renew(): Promise<void> {
    const { signal } = this.released;
    while (await delay(RENEW_MS, true, { signal }).catch(() => false)) {
      const now = performance.now();
      try {
        await postponeMailJob(this.manager, this.job, LEASE_MS);
        this.claimedAt = now;
      } catch (error) {
        this.onFault(error);
      }
    }
  }
}
