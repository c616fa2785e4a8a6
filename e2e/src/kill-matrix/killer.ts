import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../harness/eventually.js';
import { post } from '../harness/http.js';
import type { KillableService } from './killable-service.js';
import type { KillableSystem } from './killable-system.js';
import { KINDS, type Kind, type PlannedKill } from './plan.js';

/** The number of additions to acknowledge after a kill before the next one that is not hasty. */
const ADDITIONS_BETWEEN = 40;

/** Waits until there is none; the error names those that are left. */
const untilNone = (look: () => readonly string[], failure: string) =>
  eventually(look, ({ length }) => length === 0, undefined, failure);

/** Kills by a plan, and waits for recovery. */
export class Killer {
  readonly kills = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<Kind, number>;
  slowestRecoveryMs = 0;
  slowestTakeoverMs = 0;
  /** The kills and recoveries, with their times. */
  readonly diary: string[] = [];
  private readonly startedAt = Date.now();
  private killedAt = Date.now();
  private acknowledgedBefore = 0;

  constructor(private readonly system: KillableSystem) {}

  /** @throws Error when the system does not recover from a kill */
  async carryOut(plan: readonly PlannedKill[]): Promise<void> {
    for (const planned of plan) {
      if (!planned.hasty) await this.recovery();
      await delay(planned.pauseMs);
      await this.kill(planned);
    }
    await this.recovery();
  }

  private async kill(planned: PlannedKill): Promise<void> {
    const { gateways, replicas, usersService, postgres, balancer, supergraph, watchers } = this.system;
    const { kind, victim, hasty } = planned;
    const oneOf = <T>(all: readonly T[]) => all[victim % all.length]!;
    switch (kind) {
      case 'gateway':
      case 'replica': {
        const service = oneOf(kind === 'gateway' ? gateways : replicas);
        return service.kill(async () => this.killed(planned, service.name));
      }
      case 'relay': {
        if (!hasty) await this.allReady();
        const relay = await this.relay();
        return relay.kill(async () => {
          this.killed(planned, `${relay.name}, the relay`);
          if (!hasty) await this.takeover();
        });
      }
      case 'postgres':
        await postgres.kill();
        return this.killed(planned, 'Postgres');
      case 'users':
        // A gateway without public keys would wait for users, and users for an event that no watcher can receive.
        if (!hasty) await this.allReady();
        return usersService.kill(async () => {
          this.killed(planned, usersService.name);
          if (!hasty) await this.eventWithoutUsers();
        });
      case 'upstreams':
        return this.killed(planned, `${balancer.resetAll()} connections between gateways and replicas`);
      case 'connection': {
        const watcher = oneOf(watchers);
        await watcher.disconnect();
        return this.killed(planned, `the connection of the watcher "${watcher.name}"`);
      }
      case 'reload': {
        const field = await supergraph.vary();
        this.killed(planned, `the schema, by one with ${field}`);
        return this.loaded(field);
      }
    }
  }

  private killed({ kind, hasty }: PlannedKill, what: string): void {
    this.kills[kind] += 1;
    this.killedAt = Date.now();
    this.acknowledgedBefore = this.acknowledged;
    this.note(`${kind === 'reload' ? 'replaced' : 'killed'} ${what}${hasty ? ', hasty' : ''}`);
  }

  /** Waits until additions continue, and each watcher has received a complete event that is newer than the kill. */
  private async recovery(): Promise<void> {
    const { postgres, watchers, writers } = this.system;
    const enough = this.acknowledgedBefore + ADDITIONS_BETWEEN;
    await eventually(
      () => {
        for (const { fault } of [postgres, ...writers]) if (fault) throw fault;
        const behind = watchers.filter(({ joinedUntil }) => joinedUntil <= this.killedAt);
        return { behind: behind.map(({ name }) => name), additions: this.acknowledged };
      },
      ({ behind, additions }) => behind.length === 0 && additions >= enough,
      undefined,
      'the system did not recover',
    );
    const recoveryMs = Date.now() - this.killedAt;
    this.slowestRecoveryMs = Math.max(this.slowestRecoveryMs, recoveryMs);
    this.note(`recovered after ${recoveryMs} ms`);
  }

  private async allReady(): Promise<void> {
    const { services } = this.system;
    const unready = () => services.filter(({ isReady }) => !isReady).map(({ name }) => name);
    await untilNone(unready, 'not all services became ready');
  }

  /** Waits until exactly one replica reports that it is the relay. */
  private async relay(): Promise<KillableService> {
    const { replicas } = this.system;
    const areRelays = await eventually(
      () => Promise.all(replicas.map((replica) => replica.isRelay())),
      (seen) => seen.filter(Boolean).length === 1,
      undefined,
      'not exactly one replica became the relay',
    );
    return replicas[areRelays.indexOf(true)]!;
  }

  private async takeover(): Promise<void> {
    const startedAt = Date.now();
    const { name } = await this.relay();
    const takeoverMs = Date.now() - startedAt;
    this.slowestTakeoverMs = Math.max(this.slowestTakeoverMs, takeoverMs);
    this.note(`${name} took over after ${takeoverMs} ms`);
  }

  /** Waits until a watcher receives an event without `addedBy`. */
  private async eventWithoutUsers(): Promise<void> {
    const count = () => this.system.watchers.reduce((sum, { withoutAddedBy }) => sum + withoutAddedBy, 0);
    const before = count();
    await eventually(count, (now) => now > before, undefined, 'no event arrived without users');
  }

  /** Waits until every gateway serves the schema with this field of `User`. */
  private async loaded(field: string): Promise<void> {
    const isServed = async ({ url }: KillableService) => {
      const response = await post(url, '{ __type(name: "User") { fields { name } } }').catch(() => null);
      return response?.text.includes(`"${field}"`) ?? false;
    };
    await eventually(
      () => Promise.all(this.system.gateways.map(isServed)),
      (served) => served.every(Boolean),
      undefined,
      'a new schema was not loaded',
    );
  }

  private get acknowledged(): number {
    return this.system.writers.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0);
  }

  private note(what: string): void {
    this.diary.push(`${((Date.now() - this.startedAt) / 1000).toFixed(1)} s: ${what}`);
  }
}
