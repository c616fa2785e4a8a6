import { setTimeout as delay } from 'node:timers/promises';
import { eventuallyOr } from './eventually-or.js';
import type { KillableSystem } from './killable-system.js';
import { KINDS, type Kind, type PlannedKill } from './plan.js';
import { strike } from './strike.js';

/** How many additions have to be acknowledged after a kill before the next one, unless that is hasty. */
const ADDITIONS_BETWEEN = 40;

/** Kills by a plan, and sees to it that the system recovers. */
export class Killer {
  readonly kills = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<Kind, number>;
  slowestRecoveryMs = 0;
  slowestTakeoverMs = 0;
  /** What it did and when, in words. */
  readonly diary: string[] = [];
  private readonly startedAt = Date.now();
  private struckAt = Date.now();
  private acknowledgedThen = 0;

  constructor(private readonly system: KillableSystem) {}

  /** @throws when the system does not recover from a kill in time, or is not done with all of them by `deadline` */
  async carryOut(plan: readonly PlannedKill[], deadline: number): Promise<void> {
    for (const planned of plan) {
      if (Date.now() > deadline) throw new Error('there was no time left for more kills');
      if (!planned.hasty) await this.recovery();
      await delay(planned.pauseMs);
      await this.kill(planned);
    }
    await this.recovery();
  }

  private async kill(planned: PlannedKill): Promise<void> {
    await strike(this.system, planned, {
      struck: (what) => {
        this.kills[planned.kind] += 1;
        this.struckAt = Date.now();
        this.acknowledgedThen = this.acknowledged;
        this.note(
          `${planned.kind === 'reload' ? 'replaced' : 'killed'} ${what}${planned.hasty ? ', in haste' : ''}`,
        );
      },
      tookOver: (replica, afterMs) => {
        this.slowestTakeoverMs = Math.max(this.slowestTakeoverMs, afterMs);
        this.note(`${replica} took over, after ${afterMs} ms`);
      },
    });
  }

  /** Waits until additions went on and every watcher was told, names and all, of somebody added after the last kill. */
  private async recovery(): Promise<void> {
    const { postgres, watchers, writers } = this.system;
    const enough = this.acknowledgedThen + ADDITIONS_BETWEEN;
    await eventuallyOr(
      'the system did not recover',
      () => {
        for (const { fault } of [postgres, ...writers]) if (fault) throw fault;
        const behind = watchers.filter(({ joinedUntil }) => joinedUntil <= this.struckAt);
        return { toldOfNobodySince: behind.map(({ name }) => name), additions: this.acknowledged };
      },
      ({ toldOfNobodySince, additions }) => toldOfNobodySince.length === 0 && additions >= enough,
    );
    const recoveryMs = Date.now() - this.struckAt;
    this.slowestRecoveryMs = Math.max(this.slowestRecoveryMs, recoveryMs);
    this.note(`all is well again, after ${recoveryMs} ms`);
  }

  private get acknowledged(): number {
    return this.system.writers.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0);
  }

  private note(what: string): void {
    this.diary.push(`${((Date.now() - this.startedAt) / 1000).toFixed(1)} s: ${what}`);
  }
}
