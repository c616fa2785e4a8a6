import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../harness/eventually.js';
import type { KillableSystem } from './killable-system.js';
import { PATIENCE_MS } from './patience.js';
import type { Kind, PlannedKill } from './plan.js';

/** How many additions have to be acknowledged after a kill before the next one, unless that is hasty. */
const ADDITIONS_BETWEEN = 150;

/** Kills by a plan, and sees to it that the system recovers. */
export class Killer {
  readonly kills: Record<Kind, number> = { replica: 0, relay: 0, postgres: 0, connection: 0 };
  slowestRecoveryMs = 0;
  slowestTakeoverMs = 0;
  /** What it did and when, in words. */
  readonly diary: string[] = [];
  readonly #startedAt = Date.now();
  #struckAt = Date.now();
  #acknowledgedThen = 0;

  constructor(private readonly system: KillableSystem) {}

  /** @throws when the system does not recover from a kill in time, or is not done with all of them by `deadline` */
  async carryOut(plan: readonly PlannedKill[], deadline: number): Promise<void> {
    for (const planned of plan) {
      if (Date.now() > deadline) throw new Error('there was no time left for more kills');
      if (!planned.hasty) await this.#recovery();
      await delay(planned.pauseMs);
      await this.#kill(planned);
    }
    await this.#recovery();
  }

  async #kill({ kind, victim, hasty }: PlannedKill): Promise<void> {
    const { postgres, replicas, watchers } = this.system;
    const killed = (what: string) => {
      this.kills[kind] += 1;
      this.#struckAt = Date.now();
      this.#acknowledgedThen = this.#acknowledged;
      this.#note(`killed ${what}${hasty ? ', in haste' : ''}`);
    };
    if (kind === 'postgres') {
      await postgres.kill();
      killed('Postgres');
    } else if (kind === 'connection') {
      const watcher = watchers[victim % watchers.length]!;
      await watcher.disconnect();
      killed(`the connection of the watcher "${watcher.name}"`);
    } else if (kind === 'replica') {
      const index = victim % replicas.length;
      await replicas[index]!.kill(async () => killed(`replica ${index}`));
    } else {
      if (!hasty) await this.#readiness();
      const index = await this.#relay();
      await replicas[index]!.kill(async () => {
        killed(`replica ${index}, the relay`);
        if (!hasty) await this.#takeover();
      });
    }
  }

  async #readiness(): Promise<void> {
    await inTime(
      'not all replicas became ready',
      () => this.system.replicas.map(({ isReady }) => isReady),
      (ready) => !ready.includes(false),
    );
  }

  /** Waits until another replica is the relay. */
  async #takeover(): Promise<void> {
    const startedAt = Date.now();
    const index = await this.#relay();
    const takeoverMs = Date.now() - startedAt;
    this.slowestTakeoverMs = Math.max(this.slowestTakeoverMs, takeoverMs);
    this.#note(`replica ${index} took over, after ${takeoverMs} ms`);
  }

  /** Which replica is the relay, as soon as exactly one says so. */
  async #relay(): Promise<number> {
    const says = await inTime(
      'not exactly one replica became the relay',
      () => Promise.all(this.system.replicas.map((replica) => replica.isRelay())),
      (says) => says.filter(Boolean).length === 1,
    );
    return says.indexOf(true);
  }

  /** Waits until additions went on and every watcher has been told of somebody who was added after the last kill. */
  async #recovery(): Promise<void> {
    const { postgres, watchers, writers } = this.system;
    const enough = this.#acknowledgedThen + ADDITIONS_BETWEEN;
    await inTime(
      'the system did not recover',
      () => {
        for (const { fault } of [postgres, ...writers]) if (fault) throw fault;
        const behind = watchers.filter(({ seenUntil }) => seenUntil <= this.#struckAt);
        return { toldOfNobodySince: behind.map(({ name }) => name), additions: this.#acknowledged };
      },
      ({ toldOfNobodySince, additions }) => toldOfNobodySince.length === 0 && additions >= enough,
    );
    const recoveryMs = Date.now() - this.#struckAt;
    this.slowestRecoveryMs = Math.max(this.slowestRecoveryMs, recoveryMs);
    this.#note(`all is well again, after ${recoveryMs} ms`);
  }

  get #acknowledged(): number {
    return this.system.writers.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0);
  }

  #note(what: string): void {
    this.diary.push(`${((Date.now() - this.#startedAt) / 1000).toFixed(1)} s: ${what}`);
  }
}

async function inTime<T>(
  otherwise: string,
  look: () => T | Promise<T>,
  isSo: (seen: T) => boolean,
): Promise<T> {
  try {
    return await eventually(look, isSo, PATIENCE_MS);
  } catch (error) {
    throw new Error(`${otherwise}: ${(error as Error).message}`, { cause: error });
  }
}
