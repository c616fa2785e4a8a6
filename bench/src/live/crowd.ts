import { EventEmitter, once } from 'node:events';
import { Fault } from '@supergraph/tools/fault';
import { type Child, startChild } from '../child.js';
import type { CrowdCommand, CrowdReport, CrowdTask, Tally } from './crowd-messages.js';

const DEADLINE_MS = 90_000;

type Report<Type> = Extract<CrowdReport, { type: Type }>;

/** Many watchers in one process. Times are milliseconds of `monotonicMs`. */
export class Crowd {
  private readonly reports = new EventEmitter<{ change: [] }>();
  private readonly seen = new Map<number, Report<'seen'>>();
  private liveAt = -Infinity;
  private dropped: number | undefined;
  private lastTally: Tally | undefined;
  private failure: Fault | undefined;

  private constructor(
    private readonly child: Child,
    private readonly size: number,
  ) {
    child.process.on('message', (report: CrowdReport) => {
      this.take(report);
      this.reports.emit('change');
    });
    child.process.once('exit', () => {
      this.failure ??= new Fault('the process of the watchers is gone');
      this.reports.emit('change');
    });
  }

  /** Returns when all of them watch, and says so on the terminal: many take some seconds. */
  static async open(task: CrowdTask): Promise<Crowd> {
    const child = await startChild(new URL('./crowd-process.js', import.meta.url), task);
    const crowd = new Crowd(child, task.watchers);
    try {
      await crowd.liveAfter(-Infinity);
      console.log(`  ${task.watchers} watchers are live`);
      return crowd;
    } catch (error) {
      await child.stop();
      throw error;
    }
  }

  /** @returns when the last of them was live again, once that is later than a time */
  async liveAfter(time: number): Promise<number> {
    return this.until(
      () => (this.liveAt > time ? this.liveAt : undefined),
      `${this.size} watchers are not live`,
    );
  }

  /** @returns when the last of them had this event, and the message as it came */
  async seenByAll(number: number): Promise<{ at: number; message: string }> {
    return this.until(() => this.seen.get(number), `event ${number} has not reached everybody`);
  }

  /** Cuts all their sockets at once. @returns when that was */
  async drop(): Promise<number> {
    this.dropped = undefined;
    this.send({ type: 'drop' });
    return this.until(() => this.dropped, 'the sockets are not cut');
  }

  /** @param next the number of the first event that has not happened yet */
  async tally(next: number): Promise<Tally> {
    this.lastTally = undefined;
    this.send({ type: 'tally', next });
    return this.until(() => this.lastTally, 'the watchers are not counted');
  }

  /** Has them leave without a word, and their process end. */
  async leave(): Promise<void> {
    const { process: child } = this.child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    this.send({ type: 'leave' });
    await exited;
  }

  private take(report: CrowdReport): void {
    if (report.type === 'seen') this.seen.set(report.number, report);
    else if (report.type === 'live') this.liveAt = report.at;
    else if (report.type === 'dropped') this.dropped = report.at;
    else if (report.type === 'tally') this.lastTally = report.tally;
    else if (report.type === 'failed') this.failure ??= new Fault(report.why);
  }

  private send(command: CrowdCommand): void {
    this.child.process.send(command);
  }

  private async until<Found>(find: () => Found | undefined, otherwise: string): Promise<Found> {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    for (;;) {
      if (this.failure) throw this.failure;
      const found = find();
      if (found !== undefined) return found;
      await once(this.reports, 'change', { signal }).catch(() => {
        throw new Fault(`${otherwise} after ${DEADLINE_MS / 1_000} s`);
      });
    }
  }
}

/** Works with a crowd, which leaves whatever happens. */
export async function withCrowd<Result>(
  task: CrowdTask,
  work: (crowd: Crowd) => Promise<Result>,
): Promise<Result> {
  const crowd = await Crowd.open(task);
  try {
    return await work(crowd);
  } finally {
    await crowd.leave();
  }
}
